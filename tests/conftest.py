"""An environment of the tests' own: no user settings, no data folder, one thread, this very tree."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
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

# Marks of tests that may start what `make quick` does without; pyproject.toml explains them.
STARTERS = {"browser", "cluster", "notebook"}
STARTED = {"ipykernel_launcher", "jupyterlab", "voila", "workbench.running.notebook_child"}
# Shared out over processes, the long tests come first: no process is left with one when the others have done.
ORDER = {"browser": 0, "notebook": 1, "cluster": 1, "slow": 2}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: min((ORDER.get(mark.name, 3) for mark in item.iter_markers()), default=3))


def pytest_collection_finish() -> None:
    gc.freeze()  # thousands of tests and all modules stay to the end: not to be looked through again and again


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """The tests of a file, of one notebook, or in a browser go to one process: what they share is made once."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            if file.startswith("tests/browser/"):
                return "tests/browser"
            return test.partition("[")[2] if file.endswith("notebooks/test_course.py") else file

    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """What starts a kernel, a server or a browser must say so by its mark, or `make quick` is quick no more."""
    may_start.append(any(mark.name in STARTERS for mark in item.iter_markers()))
    try:
        return (yield)
    finally:
        may_start.pop()


may_start: list[bool] = []


def refuse_unmarked(event: str, arguments: tuple[object, ...]) -> None:
    if event == "subprocess.Popen" and may_start and not may_start[-1]:
        command = arguments[1]
        words = command if isinstance(command, Sequence) else ()
        assert not STARTED & set(words), f"mark this test with one of {sorted(STARTERS)}: it starts {command}"


sys.addaudithook(refuse_unmarked)


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
    """``write_notebook(*cells, parameters=..., profiles=...)``: these two are tagged cells, before the others.

    Texts that begin with # are Markdown, others are code.
    """

    def write(*cells: str, name: str = "tiny.ipynb", **tagged: str) -> Path:
        made = [new_code_cell(text, metadata={"tags": [tag]}) for tag, text in tagged.items()]
        made += [new_markdown_cell(cell) if cell.startswith("#") else new_code_cell(cell) for cell in cells]
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=made), folder / name)
        return folder / name

    return write


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
