"""The traversal explorer in JupyterLab: dragged and clicked, and moved by somebody who has only a keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "explorers" / "traversal.ipynb"
SMALL = {"n_train": 400, "n_test": 60, "epochs": 1, "latent_dim": 8, "private_dim": 2, "offsets": [0.0]}

# Two seconds without a move: the last step of a play that was paused may still be on its way to a busy kernel.
AT_REST = """() => {
    const at = document.querySelector('.wb-ruler [data-drag]').getAttribute('aria-valuenow');
    if (window.wasAt !== at) { window.wasAt = at; window.since = performance.now(); }
    return performance.now() - window.since > 2000;
}"""

pytestmark = pytest.mark.browser


def status(page) -> str:
    return page.locator(".wb-status").inner_text()


def wait_for_status(page, words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('.wb-status').textContent.includes(words)", arg=words
    )


def inside(page, panel: str) -> str:
    return page.locator(f".wb-{panel} svg").inner_html()


def pictures(page) -> str:
    return page.evaluate(
        """async () => {
      const bytes = await (await fetch(document.querySelector('.wb-pictures').src)).arrayBuffer();
      return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))).join();
    }"""
    )


def test_a_walk_by_mouse_and_keyboard(open_notebook, artifacts):
    page = open_notebook(NOTEBOOK, SMALL, ".wb-traversal-explorer .wb-strip svg")
    explorer = page.locator(".wb-traversal-explorer")
    wait_for_status(page, "nothing has moved")
    still, strip = pictures(page), inside(page, "strip")
    explorer.screenshot(path=artifacts / "traversal_start.png")

    # By mouse: drag the handle, click a column, click a bar.
    handle = page.locator('.wb-ruler [data-drag="place"]')
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=3)
    page.mouse.move(x + 164, y, steps=3)
    page.mouse.up()
    page.wait_for_function(
        "() => Number(document.querySelector('.wb-ruler [data-drag]').getAttribute('aria-valuenow')) > 0.7"
    )
    wait_for_status(page, "all 5 modalities follow")
    assert inside(page, "strip") == strip
    assert pictures(page) != still
    page.locator('.wb-strip [data-key="8"]').click()
    wait_for_status(page, "at +3 sd")
    explorer.screenshot(path=artifacts / "traversal_walk.png")
    page.locator('.wb-ranking [data-key="2"]').click()
    wait_for_status(page, "and 1 more moved")
    assert inside(page, "strip") != strip

    # By keyboard: a slider, the handle, a bar, a button.
    page.locator(".wb-zero").press("Enter")
    wait_for_status(page, "nothing has moved")
    page.locator(".wb-axis-1").get_by_role("slider").press("ArrowRight")
    wait_for_status(page, "at +0.05 sd")
    assert page.locator('.wb-ranking [aria-pressed="true"]').get_attribute("data-key") == "1"
    handle.focus()
    page.keyboard.press("ArrowRight")
    wait_for_status(page, "at +0.15 sd")
    page.locator('.wb-ranking [data-key="1"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector('.wb-ranking [data-key="2"][aria-pressed="true"]', state="attached")
    page.locator(".wb-undo").press("Enter")
    page.wait_for_selector('.wb-ranking [data-key="1"][aria-pressed="true"]', state="attached")
    assert page.errors == []


def test_a_private_latent_and_a_line(open_notebook, artifacts):
    page = open_notebook(NOTEBOOK, SMALL, ".wb-traversal-explorer .wb-strip svg")
    explorer = page.locator(".wb-traversal-explorer")
    page.locator(".wb-space select").select_option(label="private of cat")
    wait_for_status(page, "cat's private")
    page.locator(".wb-forth").click()
    wait_for_status(page, "cat alone follows")
    assert page.locator(".wb-changes").get_by_text("stays as it is").count() == 4
    assert page.locator(".wb-sliders").get_by_role("slider").count() == 2
    explorer.screenshot(path=artifacts / "traversal_style.png")

    page.locator(".wb-space select").select_option(label="shared by all")
    page.locator(".wb-mode").get_by_role("button", name="a line").press("Enter")
    wait_for_status(page, "of the way to sample 21")
    assert page.locator(".wb-line svg").is_visible() and not page.locator(".wb-strip").is_visible()
    page.locator(".wb-to-sample").get_by_role("slider").press("ArrowRight")
    wait_for_status(page, "of the way to sample 22")

    # Play runs by itself until it is paused; then it goes step by step.
    page.locator(".wb-play button").first.click()
    page.wait_for_function(
        "() => Number(document.querySelector('.wb-ruler [data-drag]').getAttribute('aria-valuenow')) > 0.2"
    )
    page.locator(".wb-play button").first.click()
    page.wait_for_function(AT_REST)
    page.locator('.wb-line [data-key="4"]').click()
    wait_for_status(page, "50% of the way")
    page.locator(".wb-forth").press("Enter")
    wait_for_status(page, "52% of the way")
    explorer.screenshot(path=artifacts / "traversal_line.png")

    page.get_by_label("predict first").click()
    wait_for_status(page, "Decide, then reveal")
    page.locator(".wb-sample").get_by_role("slider").press("ArrowRight")
    page.locator(".wb-line").get_by_text("Predict first").wait_for()
    page.locator(".wb-reveal").click()
    wait_for_status(page, "sample 18")
    page.locator(".wb-copy").click()
    assert page.locator(".wb-copied").input_value().startswith("explore_traversals(model, dataset, ")
    page.locator(".wb-reset").click()
    wait_for_status(page, "nothing has moved")
    assert page.errors == []
