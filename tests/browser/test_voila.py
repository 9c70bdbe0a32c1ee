"""Explorers as an app without a notebook around it: served by Voilà."""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "explorers"

pytestmark = pytest.mark.browser


def test_the_subset_explorer_lives_in_voila(voila, page, artifacts):
    page.goto(voila(NOTEBOOKS / "subset.ipynb", {"n_train": 300, "n_test": 40, "epochs": 1, "latent_dim": 4}))
    page.locator(".wb-lattice [data-key='[\"china\"]']").click()
    page.wait_for_function(
        "document.querySelector('.wb-status').textContent.includes('seen by china: product')"
    )
    page.locator(".wb-sample").get_by_role("slider").press("ArrowRight")
    page.wait_for_function("document.querySelector('.wb-status').textContent.includes('sample 12')")
    page.screenshot(path=artifacts / "subset_in_voila.png")


def test_the_fusion_playground_lives_in_voila(voila, page, artifacts):
    page.goto(voila(NOTEBOOKS / "fusion.ipynb", {}))
    handle = page.locator('.wb-fusion-playground [data-drag="means/sight"]')
    before, words = handle.bounding_box()["x"], handle.get_attribute("aria-label")
    handle.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function(
        """([x, words]) => {
          const handle = document.querySelector('[data-drag="means/sight"]');
          return handle.getBoundingClientRect().x > x + 5 && handle.ariaLabel !== words;
        }""",
        arg=[before, words],
    )
    page.screenshot(path=artifacts / "fusion_in_voila.png")
