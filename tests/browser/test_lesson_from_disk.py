"""The page that an explorer writes: opened from disk with no network, and operated."""

from __future__ import annotations

import pytest
import torch

from mopoe import MultimodalBaseDataset
from workbench.explorers import explore_subsets
from workbench.training.build import build_model

pytestmark = pytest.mark.browser


@pytest.fixture
def lesson(tmp_path):
    from workbench.datasets import polydigits

    data = polydigits(n_modalities=3, n_train=50, n_validation=10, n_test=20)
    model = build_model(data, latent_dim=4).eval()
    explorer = explore_subsets(model, data.test, shown=["flower", "china"])
    return explorer.to_html(tmp_path / "lesson.html", samples=4)


@pytest.fixture
def offline(page, lesson):
    page.errors = []
    page.on("console", lambda m: page.errors.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.context.set_offline(True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(lesson.as_uri())
    page.get_by_text("seen by flower, china").wait_for()
    yield page
    assert page.errors == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)


def said(page, words: str) -> None:
    page.wait_for_function("words => document.getElementById('said').textContent.includes(words)", arg=words)


def test_toggles_sliders_and_subsets_work_without_python_and_network(offline, artifacts):
    page = offline
    picture = page.locator('[data-panel="pictures"] img')
    assert page.evaluate("document.querySelector('[data-panel=pictures] img').naturalWidth") > 300
    before, plane = picture.get_attribute("src"), page.locator('[data-panel="plane"]').inner_html()
    page.get_by_role("checkbox", name="coffee").check()
    said(page, "seen by flower, china, coffee")
    assert picture.get_attribute("src") != before
    assert page.locator('[data-panel="plane"]').inner_html() != plane

    page.locator("[data-key='[\"coffee\"]']").click()
    said(page, "seen by coffee:")
    assert not page.get_by_role("checkbox", name="flower").is_checked()

    page.locator("[data-key='[\"coffee\"]']").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    said(page, ", coffee:")
    page.locator("input[name=sample]").press("ArrowRight")
    said(page, "sample 1 ")
    page.screenshot(path=artifacts / "lesson_from_disk.png")


def test_the_answer_can_be_predicted_first(offline):
    page = offline
    page.get_by_label("predict first").check()
    said(page, "Decide, then reveal")
    page.get_by_role("button", name="reveal").click()
    said(page, "seen by flower, china")
    page.get_by_role("checkbox", name="coffee").press("Space")
    said(page, "Decide, then reveal")


def test_an_answer_that_fails_is_said_on_the_page(page, tmp_path):
    data = polyvectors()
    model = build_model_of_vectors()
    explorer = explore_subsets(model, data, shown=["a"])

    def fails(x):
        raise ValueError("this encoder is broken")

    model.encoders["b"].forward = fails
    path = explorer.to_html(tmp_path / "broken.html", samples=1)
    page.goto(path.as_uri())
    said(page, "this encoder is broken")


def polyvectors():
    generator = torch.Generator().manual_seed(0)
    return MultimodalBaseDataset({name: torch.randn(5, 3, generator=generator) for name in "ab"})


def build_model_of_vectors():
    from mopoe import MoPoE, MoPoEConfig

    torch.manual_seed(0)
    return MoPoE(MoPoEConfig(2, 2, {"a": (3,), "b": (3,)}))
