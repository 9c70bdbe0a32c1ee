"""The subset explorer in JupyterLab: a teacher's mouse, and somebody who has only a keyboard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "explorers" / "subset.ipynb"
SMALL = {"n_train": 400, "n_test": 60, "epochs": 1, "latent_dim": 4}

pytestmark = pytest.mark.browser


def path_of(page, panel: str) -> str:
    return page.locator(f".wb-{panel} svg").first.inner_html()


def wait_for_status(page, words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('.wb-status').textContent.includes(words)", arg=words
    )


def test_subsets_by_mouse_and_keyboard(open_notebook, artifacts):
    page = open_notebook(NOTEBOOK, SMALL, ".wb-subset-explorer .wb-lattice svg")
    explorer = page.locator(".wb-subset-explorer")
    wait_for_status(page, "seen by flower, cat")
    explorer.screenshot(path=artifacts / "subset_start.png")

    # By mouse: a node of the lattice, then a checkbox.
    before = path_of(page, "plane")
    page.locator('.wb-lattice [data-key=\'["china","rocket"]\']').click()
    wait_for_status(page, "seen by china, rocket")
    assert path_of(page, "plane") != before
    boxes = page.locator(".wb-cards input[type=checkbox]")
    assert [boxes.nth(i).is_checked() for i in range(5)] == [False, True, False, False, True]
    boxes.nth(2).click()
    wait_for_status(page, "seen by china, coffee, rocket")
    assert (
        page.locator('.wb-lattice [aria-pressed="true"]').get_attribute("data-key")
        == '["china","coffee","rocket"]'
    )

    # By keyboard: an arrow to the neighbour, Enter; a slider; a switch.
    page.locator('.wb-lattice [data-key=\'["china","coffee","rocket"]\']').focus()
    page.keyboard.press("ArrowDown")
    key = page.evaluate("document.activeElement.dataset.key")
    assert len(json.loads(key)) == 2
    page.keyboard.press("Enter")
    wait_for_status(page, f"seen by {', '.join(json.loads(key))}")
    page.locator(".wb-sample").get_by_role("slider").press("ArrowRight")
    wait_for_status(page, "sample 12")
    page.locator(".wb-posterior").get_by_role("button", name="mixture").press("Enter")
    wait_for_status(page, "mixture of all trained subsets")
    explorer.screenshot(path=artifacts / "subset_mixture.png")

    page.locator(".wb-undo").click()
    wait_for_status(page, "product of experts")

    # Disagreeing evidence, and an answer that is hidden until it is asked for.
    page.locator(".wb-swap select").select_option(label="flower from …")
    wait_for_status(page, "with flower of sample 0")
    page.get_by_label("predict first").click()
    wait_for_status(page, "Decide, then reveal")
    page.locator(".wb-cards input[type=checkbox]").nth(0).press("Space")
    assert page.locator(".wb-plane").inner_text().startswith("Predict first")
    explorer.screenshot(path=artifacts / "subset_predict.png")
    page.locator(".wb-reveal").click()
    wait_for_status(page, "seen by flower")

    page.locator(".wb-copy").click()
    assert page.locator(".wb-copied").input_value().startswith("explore_subsets(model, dataset, ")
    page.locator(".wb-reset").click()
    wait_for_status(page, "sample 11 ")
    explorer.screenshot(path=artifacts / "subset_end.png")
    assert page.errors == []
