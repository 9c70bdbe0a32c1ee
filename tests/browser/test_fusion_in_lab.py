"""The fusion playground as its user meets it: handles dragged by mouse and moved by keys, in JupyterLab."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "explorers" / "fusion.ipynb"
PLAYGROUND = ".wb-fusion-playground"

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(open_notebook):
    page = open_notebook(NOTEBOOK, {}, f"{PLAYGROUND} .wb-experts svg")
    page.locator(f"{PLAYGROUND} .wb-shares svg").wait_for()
    return page


def handle(page, key: str):
    return page.locator(f'{PLAYGROUND} [data-drag="{key}"]')


def centre(locator) -> tuple[float, float]:
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, key: str, across: float, down: float = 0.0) -> None:
    """Press a handle, move it by so many pixels in steps, and let go."""
    x, y = centre(handle(page, key))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y + down, steps=8)
    page.mouse.up()


def wait_for_words(page, key: str, words: str) -> None:
    """Wait until a handle says so to a screen reader."""
    page.wait_for_function(
        '([key, words]) => document.querySelector(`[data-drag="${key}"]`).ariaLabel.includes(words)',
        arg=[key, words],
    )


def wait_until_at(page, key: str, x: float, y: float) -> None:
    """Wait until a handle has come to rest within two pixels of a place."""
    page.wait_for_function(
        """([key, x, y]) => {
          const box = document.querySelector(`[data-drag="${key}"]`).getBoundingClientRect();
          return Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y) < 2;
        }""",
        arg=[key, x, y],
    )


def bounds(page) -> str:
    return page.locator(f"{PLAYGROUND} .wb-bounds svg").inner_html()


def wait_for_other_bounds(page, before: str) -> str:
    page.wait_for_function(
        "before => document.querySelector('.wb-bounds svg').innerHTML !== before", arg=before
    )
    return bounds(page)


def test_handles_are_dragged_on_a_line(opened, artifacts):
    page, status = opened, opened.locator(f"{PLAYGROUND} .wb-status")
    status.get_by_text("product 0.00").wait_for()
    page.screenshot(path=artifacts / "fusion_agree.png")
    before = bounds(page)

    handle(page, "means/sound").scroll_into_view_if_needed()
    x, y = centre(handle(page, "means/sound"))
    drag(page, "means/sound", -120)
    after = wait_for_other_bounds(page, before)
    wait_until_at(page, "means/sound", x - 120, y)
    assert not re.search(r"product 0\.00", status.inner_text())

    drag(page, "widths/sound", 60)
    after = wait_for_other_bounds(page, after)
    drag(page, "readings/sound", -100)
    wait_for_other_bounds(page, after)
    page.screenshot(path=artifacts / "fusion_dragged.png")

    # Each drag is one step back; sound stays chosen for the sliders.
    for _ in range(3):
        page.locator(f"{PLAYGROUND} .wb-undo").click()
    wait_for_words(page, "means/sound", "mean 1.00")
    status.get_by_text("product 0.00").wait_for()
    assert page.errors == []


def test_everything_works_by_keyboard(opened, artifacts):
    page, status = opened, opened.locator(f"{PLAYGROUND} .wb-status")
    knob = handle(page, "means/touch")
    knob.focus()
    knob.press("ArrowLeft")
    wait_for_words(page, "means/touch", "mean 1.20")
    knob.press("Shift+ArrowLeft")
    wait_for_words(page, "means/touch", "mean 0.70")
    assert page.evaluate("document.activeElement.dataset.drag") == "means/touch"
    handle(page, "widths/touch").press("ArrowUp")
    wait_for_words(page, "widths/touch", "width 0.70")

    chip = page.get_by_role("button", name="sight takes part")
    assert chip.get_attribute("aria-pressed") == "true"
    chip.press("Enter")
    status.get_by_text("sound + touch").wait_for()
    page.wait_for_function(
        "document.querySelector('[aria-label=\"sight takes part\"]').ariaPressed === 'false'"
    )

    # The sliders follow the handle that was moved last, and move it.
    slider = page.locator(f"{PLAYGROUND} .wb-means").get_by_role("slider")
    slider.press("ArrowRight")
    wait_for_words(page, "means/touch", "mean 0.71")
    page.locator(f"{PLAYGROUND} .wb-K").get_by_role("slider").press("ArrowRight")
    page.locator(f"{PLAYGROUND} .wb-bounds").get_by_text("K = 9 draws").first.wait_for()
    page.screenshot(path=artifacts / "fusion_keyboard.png")
    assert page.errors == []


def test_presets_and_two_dimensions(opened, artifacts):
    page, status = opened, opened.locator(f"{PLAYGROUND} .wb-status")
    presets = page.locator(f"{PLAYGROUND} .wb-presets select")
    presets.select_option("conflict")
    wait_for_words(page, "means/sound", "mean 2.00")
    page.screenshot(path=artifacts / "fusion_conflict.png")
    presets.select_option("one overconfident")
    wait_for_words(page, "widths/sound", "width 0.15")
    page.screenshot(path=artifacts / "fusion_overconfident.png")

    page.get_by_role("radio", name="2 dimensions").or_(
        page.get_by_role("button", name="2 dimensions")
    ).click()
    wait_for_words(page, "means/sound", "mean 2.00, 1.40")
    handle(page, "means/sight").scroll_into_view_if_needed()
    x, y = centre(handle(page, "means/sight"))
    drag(page, "means/sight", 40, -60)
    wait_until_at(page, "means/sight", x + 40, y - 60)
    said = handle(page, "means/sight").get_attribute("aria-label")
    across, up = map(float, re.search(r"mean (\S+), (\S+);", said).groups())
    handle(page, "means/sight").press("ArrowUp")
    wait_for_words(page, "means/sight", f"mean {across:.2f}, {up + 0.1:.2f}")
    page.screenshot(path=artifacts / "fusion_plane.png")

    page.locator(f"{PLAYGROUND} .wb-right").click()
    status.get_by_text("product 0.00").wait_for()
    assert page.errors == []
