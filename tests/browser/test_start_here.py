"""The first notebook as its user meets it: opened in JupyterLab, run, and a checkbox clicked."""

from __future__ import annotations

import re
from pathlib import Path

import papermill
import pytest

_KERNEL_READY = """async address => (await (await fetch(address)).json()).some(
  kernel => kernel.execution_state === 'idle' && kernel.connections > 0)"""
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
SMALL = {"n_train": 300, "n_test": 60, "epochs": 1, "latent_dim": 4, "sample": 3}

pytestmark = pytest.mark.browser


_STARTED = """() => [...document.querySelectorAll('.jp-InputPrompt')].some(
  prompt => /\\[(\\*|\\d+)\\]/.test(prompt.textContent))"""


def run_all_cells(page, attempts: int = 5) -> None:
    """Run → Run All Cells, and again if the page had not joined its kernel yet and dropped the request."""
    sync_api = pytest.importorskip("playwright.sync_api")
    for attempt in range(attempts):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        try:
            page.wait_for_function(_STARTED, timeout=10_000)
            return
        except sync_api.TimeoutError:
            if attempt == attempts - 1:
                raise


@pytest.fixture
def run_notebook(lab, page):
    """The notebook with little training, all cells run, its explorer on the page."""
    papermill.execute_notebook(
        NOTEBOOK, lab.folder / "start.ipynb", SMALL, prepare_only=True, progress_bar=False
    )
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(lab.page_of("start.ipynb"))
    # The page's own indicator says idle before it has joined its kernel, and cells run by then are lost.
    page.wait_for_function(_KERNEL_READY, arg=lab.kernels)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    run_all_cells(page)
    # Widgets stay where they are: with windowing, cells out of sight leave the page.
    page.wait_for_selector(".wb-subset-explorer img", state="attached")
    page.locator(".wb-subset-explorer").scroll_into_view_if_needed()
    page.errors = errors
    return page


_PIXELS = """() => {
  const image = document.querySelector('.wb-generated'), canvas = document.createElement('canvas');
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
    page.wait_for_function("document.querySelector('.wb-generated').naturalWidth > 0")
    first = picture_of(page)
    boxes = page.locator(".wb-subset-explorer input[type=checkbox]")
    assert boxes.count() == 5

    boxes.nth(3).click()
    second = wait_for_another_picture(page, first)
    assert re.search(r"from flower, cat", summary.inner_text())
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
