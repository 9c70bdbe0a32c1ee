"""An executed notebook as a page of the website: what is routine folded, explorers in frames."""

from __future__ import annotations

import base64
from html import escape
from typing import Any

from nbformat import NotebookNode

from workbench.pages.explorer_pages import EXPLORER_TYPE
from workbench.reading.source import INJECTED, tags_of

from .links import Links

#: Tag or identifier of a cell → what stands on its fold.
FOLDED = {
    INJECTED: "Parameters of this run",
    "parameters": "Parameters and their defaults",
    "imports": "Imports",
    "profiles": "Full and fast parameters",
    "symbols": "Code of the table",
    "check": "Code of the checks",
    "results": "Numbers recorded",
}
#: Where links in the symbol table start from, whichever page shows it.
_SYMBOLS_FOLDER = "docs"


def page_of_notebook(notebook: NotebookNode, source: str, explorers: str, links: Links) -> NotebookNode:
    """Turn an executed notebook into what Sphinx is to show; the notebook itself is changed.

    Args:
        notebook: with its outputs.
        source: its path in the repository.
        explorers: from the page's folder to the folder that holds the run's ``explorers``.
        links: of the website.

    Raises:
        ValueError: a link leads to nothing.
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = links.rewrite(cell.source, source)
        elif cell.cell_type == "code":
            _fold(cell)
            for output in cell.outputs:
                _show(output.get("data", {}), source, explorers, links)
    notebook.metadata.pop("papermill", None)
    return notebook


def _fold(cell: NotebookNode) -> None:
    words = next((FOLDED[name] for name in (*tags_of(cell), cell.id) if name in FOLDED), None)
    tags = [*tags_of(cell), *(["hide-input"] if words else [])]
    prompts = {"mystnb": {"code_prompt_show": words, "code_prompt_hide": words}} if words else {}
    cell.metadata = NotebookNode({"tags": tags, **prompts})


def _show(data: dict[str, Any], source: str, explorers: str, links: Links) -> None:
    if "text/markdown" in data:
        text = data["text/markdown"]
        data["text/markdown"] = links.rewrite(text, source, also_from=[_SYMBOLS_FOLDER])
    explorer = data.pop(EXPLORER_TYPE, None)
    if explorer is None:
        return
    printed = data.pop("image/svg+xml", "")
    data.pop("image/jpeg", None)
    data["text/html"] = _frame(explorer, printed, explorers)


def _frame(explorer: dict[str, Any], printed: str, folder: str) -> str:
    """The explorer to operate; its printed sheet where there are no scripts, or no page of it."""
    picture = base64.b64encode(printed.encode()).decode()
    still = f'<img alt="{escape(explorer["title"])}" src="data:image/svg+xml;base64,{picture}">'
    if "page" not in explorer:
        return f'{still}<p class="explorer-note">Printed here; it can be operated in JupyterLab.</p>'
    address = escape(f"{folder}/{explorer['page']}")
    return (
        f'<iframe class="explorer" title="{escape(explorer["title"])}" loading="lazy" src="{address}" '
        f'style="height:{explorer["height"]}px"></iframe>'
        f'<p class="explorer-note">Answers computed before; the notebook has all controls. '
        f'<a href="{address}">Open it alone</a></p><noscript>{still}</noscript>'
    )
