"""Runs of the course's notebooks, each made once and read by every test that looks at it."""

from __future__ import annotations

import json
import os
import runpy
import sys
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pytest
import torch
from filelock import FileLock

from workbench import record
from workbench.notebook import METRICS_FILE, RUN_FOLDER_VARIABLE
from workbench.reading.parameters import default_values
from workbench.reading.profiles import read_profile
from workbench.reading.source import read_source, source_of, tags_of
from workbench.running.execute import run_notebook
from workbench.running.job import Job, make_job
from workbench.running.store import Store, StoredRun

# What PyTorch starts with in a new process.
FIRST_SEED = torch.default_generator.initial_seed()
FOLDER = Path(__file__).parents[2] / "notebooks"
# What is changed in the second run, where another test looks at it too: one parameter that counts in what is
# recorded, and of the explorers what they are to show.
CHANGED: dict[str, dict[str, object]] = {
    "00_start_here": {"n_modalities": 4},
    "explorers/family": {"beta": 3.125, "sample": 7, "K": 16},
    "explorers/fusion": {"K": 2},
    "explorers/subset": {"sample": 7, "shown": ["china"], "posterior": "mixture"},
    "explorers/training": {"step": 12},
    "explorers/traversal": {"beta": 3.125, "sample": 7},
}


def changed_parameters(name: str) -> dict[str, object]:
    """Another value than in the fast profile for the first real number, or else the first count."""
    if name in CHANGED:
        return CHANGED[name]
    notebook = read_source(FOLDER / f"{name}.ipynb")
    values = {**default_values(notebook), **read_profile(notebook, "fast")}
    real = [name for name, value in values.items() if isinstance(value, float)]
    counts = [name for name, value in values.items() if type(value) is int and name != "seed"]
    first = (real + counts)[0]
    value = values[first]
    assert isinstance(value, int | float)
    return {first: 1.25 * value if isinstance(value, float) else value + 1}


@cache
def job_of(name: str, changed: bool) -> Job:
    return make_job(FOLDER / f"{name}.ipynb", changed_parameters(name) if changed else {}, "fast")


@pytest.fixture(scope="session")
def course_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., StoredRun]:
    """``course_run(name, changed=False)``: the notebook with its fast parameters, or with some of them changed.

    Processes that share out the tests share the runs too.
    """
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "course"
    root.mkdir(exist_ok=True)
    store = Store(root)

    @cache
    def run(name: str, changed: bool = False) -> StoredRun:
        job = job_of(name, changed)
        with FileLock(root / f"{job.key}.lock"):
            return store.run(job, cell_timeout=600, threads=1)

    return run


@pytest.fixture
def recorded_when_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, course_run: Callable[..., StoredRun]
) -> Callable[[str], dict[str, Any]]:
    """What a notebook records with its fast parameters, one of them changed.

    Where no other test looks at that run its cells are run here, as one script: a kernel takes four seconds to load
    what this process has loaded.
    """

    def recorded(name: str) -> dict[str, Any]:
        print("changed:", changed_parameters(name))
        if name in CHANGED:
            run = course_run(name, changed=True)
            assert run.finished, run.status["failure"]
            return run.metrics
        job = job_of(name, True)
        script = tmp_path / f"{job.notebook.stem}.py"
        given = "\n".join(f"{parameter} = {value!r}" for parameter, value in job.given.items())
        cells = [cell for cell in read_source(job.notebook)["cells"] if cell["cell_type"] == "code"]
        texts = ((source_of(cell), given if "parameters" in tags_of(cell) else "") for cell in cells)
        script.write_text("\n\n".join(text for pair in texts for text in pair))
        monkeypatch.chdir(job.notebook.parent)
        monkeypatch.syspath_prepend(job.notebook.parent)
        monkeypatch.setenv(RUN_FOLDER_VARIABLE, str(tmp_path))
        for kept in ("_recorded", "_examples"):
            monkeypatch.setattr(sys.modules[record.__module__], kept, {})
        with torch.random.fork_rng(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.manual_seed(FIRST_SEED)
            runpy.run_path(str(script))
        plt.close("all")
        return json.loads((tmp_path / METRICS_FILE).read_text())

    return recorded


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
