"""An environment of the tests' own: no user settings, no data folder, one thread, this very tree."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, settings
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

REPOSITORY = Path(__file__).parents[1]
# Before anything imports torch: two threads on busy cores are many times slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# What a shell puts into the background ignores Ctrl-C and hands that on; tests that press it would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)
# No test depends on how fast the machine is; in CI none depends on chance either.
settings.register_profile(
    "ours",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    print_blob=True,
)
settings.load_profile("ours")


@pytest.fixture(scope="session", autouse=True)
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    home = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(REPOSITORY))
        patch.setenv("IPYTHONDIR", str(home / "ipython"))
        for name in ("CONFIG", "DATA", "RUNTIME"):
            patch.setenv(f"JUPYTER_{name}_DIR", str(home / name.lower()))
        for name in (
            "MOPOE_DATA_DIR",
            "WORKBENCH_RUN_FOLDER",
            "WORKBENCH_BROWSER",
            "DISPLAY",
            "WAYLAND_DISPLAY",
        ):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture
def write_notebook(tmp_path: Path) -> Callable[..., Path]:
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
