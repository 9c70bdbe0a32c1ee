"""Reading a notebook's file, before anything is started."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Notebook = dict[str, Any]

# Cells that papermill puts in; a reader's own notebook does not have them.
INJECTED, ERROR_MARKER = "injected-parameters", "papermill-error-cell-tag"


def read_source(path: Path) -> Notebook:
    """The notebook in ``path`` as nested dictionaries.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no notebook, or one older than format 4.
    """
    if not path.is_file():
        raise FileNotFoundError(f"notebook not found: {path}")
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not a notebook: {error}") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError(f"{path} is not a notebook of format 4: it has no list of cells")
    return notebook


def source_of(cell: dict[str, Any]) -> str:
    """The text of a cell; files hold it as one string or as a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def tags_of(cell: dict[str, Any]) -> list[str]:
    """The tags of a cell."""
    return list(cell.get("metadata", {}).get("tags", []))


def own_cells(notebook: Notebook) -> list[Any]:
    """The cells of an executed notebook that are its own, not papermill's."""
    return [cell for cell in notebook["cells"] if is_own(cell)]


def is_own(cell: dict[str, Any]) -> bool:
    """Whether a cell is the notebook's own, not papermill's."""
    return not {INJECTED, ERROR_MARKER} & set(tags_of(cell))


def headings(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Pairs (index of the cell, heading) of all Markdown headings, in order."""
    for index, cell in enumerate(notebook["cells"]):
        if cell.get("cell_type") != "markdown":
            continue
        for line in source_of(cell).splitlines():
            if line.startswith("#") and line.lstrip("#").startswith(" "):
                yield index, line.lstrip("#").strip()
