"""Tiny notebooks to sweep, and what is known of processes."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

PARAMETERS = """seed: int = 0  # of chance
beta: float = 1.0  # weight of the divergence
kind: str = "a"  # of what
subsets: list[list[str]] | str = "mopoe"  # which
n: list[int] = [1, 2]  # called as a column of the table"""
WriteNotebook = Callable[..., Path]


@pytest.fixture
def write_notebook(tmp_path: Path) -> WriteNotebook:
    def write(*cells: str, parameters: str = PARAMETERS) -> Path:
        made = [new_code_cell(parameters, metadata={"tags": ["parameters"]}), *map(new_code_cell, cells)]
        path = tmp_path / "notebooks" / "tiny.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=made), path)
        return path

    return write


@pytest.fixture
def notebook(write_notebook: WriteNotebook) -> Path:
    return write_notebook("from workbench import record", "record('double', 2 * beta, unit='nats')")


@pytest.fixture(scope="session")
def ended() -> Callable[[int], bool]:
    """``ended(pid)``: whether a process is no more, or waits only for somebody to ask what became of it."""
    return _ended


@pytest.fixture(scope="session")
def wait_until() -> Callable[[Callable[[], bool], str], None]:
    """``wait_until(holds, what)``: a minute at most, for machines that have other things to do."""
    return _wait_until


def _ended(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return state.strip()[:1] in ("", "Z")


def _wait_until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, f"a minute later it does not hold that {what}"
        time.sleep(0.1)
