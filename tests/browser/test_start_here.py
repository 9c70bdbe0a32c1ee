"""The first notebook as its user meets it: opened in JupyterLab, run, and a checkbox clicked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
SMALL = {"n_train": 300, "n_test": 60, "epochs": 1, "latent_dim": 4, "sample": 3}

pytestmark = pytest.mark.browser


@pytest.fixture
def run_notebook(open_notebook):
    """The notebook with little training, all cells run, its explorer on the page."""
    return open_notebook(NOTEBOOK, SMALL, ".wb-subset-explorer img")


_PIXELS = """() => {
  const image = document.querySelector('.wb-pictures'), canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.toDataURL();
}"""


def picture_of(page) -> str:
    """What the browser really shows, pixel by pixel."""
    return page.evaluate(_PIXELS)


def wait_for_another_picture(page, before: str) -> str:
    page.wait_for_function(f"before => ({_PIXELS})() !== before", arg=before)
    return picture_of(page)


def test_a_checkbox_is_clicked_and_the_picture_changes(run_notebook, artifacts):
    page = run_notebook
    summary = page.locator(".wb-subset-explorer")
    page.wait_for_function("document.querySelector('.wb-pictures').naturalWidth > 0")
    first = picture_of(page)
    boxes = page.locator(".wb-cards input[type=checkbox]")
    assert boxes.count() == 5

    boxes.nth(3).click()
    second = wait_for_another_picture(page, first)
    assert re.search(r"seen by flower, cat", summary.inner_text())
    page.screenshot(path=artifacts / "explorer_two_views.png")

    page.locator(".wb-sample").get_by_role("slider").press("ArrowRight")
    third = wait_for_another_picture(page, second)
    assert "sample 4" in summary.inner_text()

    boxes.nth(0).press("Space")
    wait_for_another_picture(page, third)
    boxes.nth(3).press("Space")
    page.get_by_text("draws from the prior").wait_for()
    page.screenshot(path=artifacts / "explorer_prior.png")
    assert page.errors == []
