"""A tiny notebook to sweep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

PARAMETERS = """seed: int = 0  # of chance
beta: float = 1.0  # weight of the divergence
kind: str = "a"  # of what
subsets: list[list[str]] | str = "mopoe"  # which
n: list[int] = [1, 2]  # called as a column of the table"""


@pytest.fixture
def parameters() -> str:
    """The text of the notebook's cell of parameters."""
    return PARAMETERS


@pytest.fixture
def notebook(write_notebook: Callable[..., Path]) -> Path:
    cells = ("from workbench import record", "record('double', 2 * beta, unit='nats')")
    return write_notebook(*cells, parameters=PARAMETERS)
