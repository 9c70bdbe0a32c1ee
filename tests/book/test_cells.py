"""Outputs of explorers on a website: a frame, or the printed sheet where there is no page."""

from __future__ import annotations

import base64
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook, new_output

from workbench.book.cells import page_of_notebook
from workbench.book.links import Links
from workbench.pages.explorer_pages import EXPLORER_TYPE

SVG = "<svg>the sheet</svg>"


def data_of(explorer: dict[str, object]) -> dict[str, str]:
    data = {EXPLORER_TYPE: explorer, "image/svg+xml": SVG, "image/jpeg": "aaaa", "text/plain": "words"}
    cell = new_code_cell("x", outputs=[new_output("display_data", data=data)])
    page = page_of_notebook(
        new_notebook(cells=[cell]), "n.ipynb", "n", Links(Path(), {"n.ipynb": "n.ipynb"}, {})
    )
    return page.cells[0].outputs[0].data


def test_a_page_stands_in_a_frame() -> None:
    data = data_of({"title": "A & b", "page": "explorers/a.html", "height": 400})
    assert set(data) == {"text/html", "text/plain"}
    assert 'src="n/explorers/a.html"' in data["text/html"]
    assert 'title="A &amp; b"' in data["text/html"]


def test_an_explorer_without_a_page_is_printed() -> None:
    html = data_of({"title": "A", "refused": "too large"})["text/html"]
    assert "<iframe" not in html and "<noscript" not in html
    assert base64.b64encode(SVG.encode()).decode() in html
    assert "JupyterLab" in html
