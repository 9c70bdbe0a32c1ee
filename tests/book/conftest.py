"""A tiny repository with one executed notebook: what a website is made from, without a kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from workbench.book.pages import Sources, documents_of
from workbench.pages.explorer_pages import EXPLORER_TYPE

TITLE = r"""# A lesson: what is it?

Two of $\ln p(x)$ and the [notes](../docs/notes.md#part).

**The question:** is $|\mathcal S|$ large?

*Time: a second.*"""
EXERCISE = """1. Why?

<details><summary>Answer</summary>

Because *so*, and $x^2$.

</details>"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"></svg>'
INDEX = """# All

[To the notes](../../docs/notes.md), [to the lessons](../../notebooks).

<!-- profile -->

## The course

<!-- course -->

## The explorers

<!-- explorers -->

## Last

<!-- regression -->
"""


def shown(**data: Any) -> Any:
    names = {"html": "text/html", "markdown": "text/markdown", "svg": "image/svg+xml"}
    names |= {"explorer": EXPLORER_TYPE, "jpeg": "image/jpeg", "text": "text/plain"}
    return new_output("display_data", data={names[name]: value for name, value in data.items()})


def tagged(source: str, *outputs: Any, tag: str = "", name: str = "x") -> Any:
    return new_code_cell(source, id=name, outputs=list(outputs), metadata={"tags": [tag] if tag else []})


EXPLORER = {"title": "The toy", "page": "explorers/toy.html", "height": 432}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    texts = {
        "workbench/book/index.md": INDEX,
        "docs/notes.md": "# Notes, in short\n\n## Part\n\n[The lesson](../notebooks/01_lesson.ipynb), [its folder]"
        "(../notebooks/explorers), [reasons](decisions), [source](../LICENSE)\n\n![drawing](drawing.svg)\n",
        "docs/drawing.svg": SVG,
        "docs/decisions/README.md": "# Decisions\n\n| note | decided |\n|---|---|\n| [0001](0001-first.md) | it |\n",
        "docs/decisions/0001-first.md": "# First\n\n[All](README.md)\n",
        "CHANGELOG.md": "# Changelog\n\nNothing.\n",
        "LICENSE": "free\n",
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    cells = [
        new_markdown_cell(TITLE, id="title"),
        tagged("n: int = 3  # how many", tag="parameters", name="parameters"),
        tagged("import math", name="imports"),
        tagged(
            "table", shown(markdown="| a |\n|---|\n| [reasons](notes.md), $q_S$ |", text="a"), name="table"
        ),
        tagged(
            "explorer",
            shown(explorer=EXPLORER, svg=SVG, jpeg="aaaa", text="toy"),
            tag="interactive",
            name="toy",
        ),
        tagged("wide", shown(html="<table><tr><td>1</td></tr></table>"), name="wide"),
        new_markdown_cell(EXERCISE, id="end"),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel, "papermill": {"duration": 1}})
    (root / "notebooks").mkdir()
    nbformat.write(notebook, root / "notebooks/01_lesson.ipynb")
    return root


@pytest.fixture
def sources(root: Path, tmp_path: Path) -> Sources:
    run = tmp_path / "run"
    (run / "explorers").mkdir(parents=True)
    (run / "explorers/toy.html").write_text("<p>the toy</p>")
    (run / "01_lesson.ipynb").write_bytes((root / "notebooks/01_lesson.ipynb").read_bytes())
    return Sources(root, {"notebooks/01_lesson.ipynb": run / "01_lesson.ipynb"}, documents_of(root))
