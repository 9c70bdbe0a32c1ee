"""What the tests of all notebooks share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from workbench.running.execute import run_notebook


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., None]:
    """A function that runs a notebook and asserts that it stops with ``said`` before the cell ``untouched``."""

    def run(notebook: Path, parameters: dict[str, object], said: str, untouched: str) -> None:
        failure = run_notebook(notebook, tmp_path, parameters, html=False).failure
        assert failure is not None
        assert said in str(failure)
        cells = {cell.id: cell for cell in nbformat.read(tmp_path / notebook.name, as_version=4).cells}
        assert cells[untouched].execution_count is None

    return run
