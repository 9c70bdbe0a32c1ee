"""The family explorer in JupyterLab: three models, one mouse, and somebody who has only a keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "explorers" / "family.ipynb"
SMALL = {"n_train": 400, "n_test": 60, "epochs": 1, "latent_dim": 4}

pytestmark = pytest.mark.browser


def wait_for(page, selector: str, words: str) -> None:
    page.wait_for_function(
        "([selector, words]) => document.querySelector(selector).textContent.includes(words)",
        arg=[selector, words],
    )


def wait_for_line(page, K: int) -> None:
    page.wait_for_selector(f'.wb-nll [data-drag="K"][aria-valuenow="{K}"]')


def drawn(page, panel: str) -> str:
    return page.locator(f".wb-{panel} svg").first.inner_html()


def wait_for_another(page, panel: str, before: str) -> None:
    page.wait_for_function(
        "([panel, before]) => document.querySelector(`.wb-${panel} svg`).innerHTML !== before",
        arg=[panel, before],
    )


def test_families_by_mouse_and_keyboard(open_notebook, artifacts):
    page = open_notebook(NOTEBOOK, SMALL, ".wb-family-explorer .wb-nll svg")
    explorer = page.locator(".wb-family-explorer")
    wait_for(page, ".wb-status", "(256 draws,")
    explorer.screenshot(path=artifacts / "family_start.png")

    # By mouse: drag the line to few draws, then show a second view.
    line = page.locator('.wb-nll [data-drag="K"]')
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    axis = page.locator(".wb-nll").get_by_text("4", exact=True).first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] - 40, box["y"] + 40, steps=4)
    page.mouse.move(axis["x"] + axis["width"] / 2, box["y"] + 40, steps=4)
    page.mouse.up()
    wait_for_line(page, 4)
    wait_for(page, ".wb-status", "(4 draws,")
    wait_for(page, ".wb-differences", "4 draws")
    assert page.locator(".wb-K select").evaluate("menu => menu.selectedIndex") == 1  # 2, then 4
    before = drawn(page, "planes")
    page.locator(".wb-cards input[type=checkbox]").nth(1).click()
    wait_for(page, ".wb-status", "seen by flower, china")
    assert drawn(page, "planes") != before

    # By keyboard: the line, a slider, switches and lists.
    line.focus()
    page.keyboard.press("ArrowRight")
    wait_for_line(page, 8)
    assert page.evaluate("document.activeElement.dataset.drag") == "K"
    chart = drawn(page, "nll")
    page.locator(".wb-sample").get_by_role("slider").press("ArrowRight")
    wait_for(page, ".wb-status", "sample 54")
    wait_for_another(page, "nll", chart)  # once the slider rests
    page.locator(".wb-posterior").get_by_role("button", name="mixture").press("Enter")
    wait_for(page, ".wb-planes", "mixture components")
    page.locator(".wb-target select").select_option(label="the imagined")
    wait_for(page, ".wb-nll", "coffee | flower, china")
    explorer.screenshot(path=artifacts / "family_imagined.png")
    page.locator(".wb-n-images select").select_option(label="the first 4")
    wait_for(page, ".wb-differences", "error over 4 samples")

    # Presets, undo, and an answer that is hidden until it is asked for.
    page.locator(".wb-presets select").select_option(label="all views")
    wait_for(page, ".wb-status", "seen by flower, china, coffee")
    page.locator(".wb-undo").click()
    wait_for(page, ".wb-status", "seen by flower, china")
    page.get_by_label("predict first").click()
    wait_for(page, ".wb-status", "Decide, then reveal")
    assert page.locator(".wb-nll").inner_text().startswith("Predict first")
    explorer.screenshot(path=artifacts / "family_predict.png")
    page.locator(".wb-reveal").press("Enter")
    wait_for(page, ".wb-nll", "mean of 4 samples")
    page.locator(".wb-reset").click()
    wait_for_line(page, 256)
    assert page.errors == []


def test_in_a_narrow_cell(open_notebook, artifacts):
    page = open_notebook(NOTEBOOK, SMALL, ".wb-family-explorer .wb-nll svg")
    page.set_viewport_size({"width": 760, "height": 2400})
    page.wait_for_function("document.querySelector('.wb-nll svg').getBoundingClientRect().width < 600")
    explorer = page.locator(".wb-family-explorer")
    width = explorer.bounding_box()["width"]
    for panel in ("pictures", "planes", "nll", "differences"):
        assert page.locator(f".wb-{panel}").first.bounding_box()["width"] <= width + 1
    explorer.screenshot(path=artifacts / "family_narrow.png")
    assert page.errors == []
