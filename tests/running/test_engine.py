"""Kernels that start at once cannot take each other's ports: they have files of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.running.engine import _kernel_of_this_python
from workbench.running.execute import run_notebook

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere kernels have ports")


@pytest.mark.notebook
def test_a_kernel_has_files_that_nobody_else_may_open_and_that_are_gone_afterwards(
    write_notebook, tmp_path, monkeypatch
) -> None:
    places = tmp_path.parent / "s"
    places.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(places))
    cell = """from pathlib import Path
from ipykernel.connect import get_connection_info
info = get_connection_info(unpack=True)
assert info["transport"] == "ipc", info
folder = Path(info["ip"]).parent
assert folder.parent == Path(place), folder
assert folder.stat().st_mode & 0o077 == 0"""
    path = write_notebook(cell, parameters='place: str = ""  # of all folders')
    result = run_notebook(path, tmp_path / "out", {"place": str(places)}, html=False)
    assert result.failure is None, result.failure
    assert list(places.iterdir()) == []


def test_where_names_of_files_would_be_too_long_for_sockets_a_kernel_has_ports(tmp_path) -> None:
    assert _kernel_of_this_python(Path("/tmp/wb-12345678")).transport == "ipc"
    assert _kernel_of_this_python(Path("/", "x" * 100)).transport == "tcp"
