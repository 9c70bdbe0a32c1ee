"""A small website, opened from disk with no network: every page, and an explorer that is operated."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from workbench.book.__main__ import FINE, make_book

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::sphinx.deprecation.RemovedInSphinx11Warning"),  # of its extensions
]

EXPLORE = """import torch

from mopoe import MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.explorers import explore_subsets

generator = torch.Generator().manual_seed(0)
torch.manual_seed(0)
data = MultimodalBaseDataset({name: torch.randn(5, 3, generator=generator) for name in "ab"})
explore_subsets(MoPoE(MoPoEConfig(2, 2, {"a": (3,), "b": (3,)})).eval(), data, shown=["a"])"""
WIDE = """from IPython.display import HTML, Markdown

display(HTML("<table><tr>" + "<td>a wide table</td>" * 40 + "</tr></table>"))
Markdown(r"$$\\frac{1}{\\lvert\\mathcal S\\rvert} \\sum_S \\ln p(x)" + " + x" * 80 + "$$")"""
ANSWER = "1. Why?\n\n<details><summary>Answer</summary>\n\nBecause $x$.\n\n</details>"


@pytest.fixture
def book(tmp_path):
    root = tmp_path / "repository"
    texts = {
        "workbench/book/index.md": "# All\n\n## The course\n\n<!-- course -->\n",
        "docs/notes.md": "# Notes\n\n[The lesson](../notebooks/01_toy.ipynb)\n\n| a | b |\n|---|---|\n| $x$ | c |\n",
        "CHANGELOG.md": "# Changelog\n",
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    cells = [
        new_markdown_cell("# The toy: does it move?"),
        new_code_cell(WIDE),
        new_code_cell(EXPLORE, metadata={"tags": ["interactive"]}),
        new_markdown_cell(ANSWER),
    ]
    (root / "notebooks").mkdir()
    nbformat.write(new_notebook(cells=cells), root / "notebooks/01_toy.ipynb")
    assert make_book(root, "fast", tmp_path / "out", ["notebooks/01_toy.ipynb"]) == FINE
    return tmp_path / "out/html"


@pytest.fixture
def offline(page):
    page.errors, page.asked = [], []
    page.on("console", lambda m: page.errors.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.context.set_offline(True)
    yield page
    assert page.errors == []
    assert page.asked and all(url.startswith(("file:", "data:", "blob:")) for url in page.asked)


def test_every_page_opens_and_none_is_wider_than_the_window(offline, book):
    page = offline
    pages = [path for path in sorted(book.rglob("*.html")) if path.parent.name != "explorers"]
    assert {"index.html", "01_toy.html", "notes.html", "CHANGELOG.html", "search.html"} <= {
        p.name for p in pages
    }
    for width in (1400, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for path in pages:
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"


def test_the_search_finds_a_page(offline, book):
    page = offline
    page.goto(f"{(book / 'search.html').as_uri()}?q=toy")
    page.locator("#search-results a").first.wait_for()
    assert "The toy" in page.locator("#search-results").inner_text()


def test_an_explorer_is_operated_within_its_page(offline, book, artifacts):
    page = offline
    page.set_viewport_size({"width": 1400, "height": 900})
    page.goto((book / "index.html").as_uri())
    page.get_by_role("main").get_by_role("link", name="1 · The toy").click()
    frame = page.locator("iframe.explorer")
    frame.scroll_into_view_if_needed()
    explorer = page.frame_locator("iframe.explorer")
    explorer.get_by_text("seen by a:").wait_for()
    explorer.get_by_role("checkbox", name="b").check()
    explorer.get_by_text("seen by a, b:").wait_for()
    # The frame is as tall as what is in it.
    fits = "f => f.contentDocument === null && f.clientHeight > 300"
    assert frame.evaluate(fits)
    inner = page.frames[-1]
    page.wait_for_function("h => document.querySelector('iframe.explorer').clientHeight >= h", arg=100)
    assert inner.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
    page.screenshot(path=artifacts / "book_from_disk.png")

    answer = page.get_by_text("Because")
    assert not answer.is_visible()
    page.get_by_text("Answer", exact=True).click()
    assert answer.is_visible()
