"""Tiny notebooks, written by the tests that run them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

WriteNotebook = Callable[..., Path]


@pytest.fixture
def write_notebook(tmp_path: Path) -> WriteNotebook:
    """``write_notebook(*cells, parameters=...)``: texts that begin with # are Markdown, others are code."""

    def write(*cells: str, parameters: str | None = None, name: str = "tiny.ipynb") -> Path:
        made = [new_markdown_cell(cell) if cell.startswith("#") else new_code_cell(cell) for cell in cells]
        if parameters is not None:
            made.insert(0, new_code_cell(parameters, metadata={"tags": ["parameters"]}))
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=made), folder / name)
        return folder / name

    return write
