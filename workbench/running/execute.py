"""Running a notebook from its file to an executed copy, its recorded numbers and a page of its pictures."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from workbench.notebook import DATA_FILE, EXAMPLES_FILE, METRICS_FILE, RUN_FOLDER_VARIABLE

from ..pages.page import write_notebook_page
from ..reading.failure import TIME_OUT, CellFailure, find_failure
from ..reading.source import ERROR_MARKER, headings, is_own, tags_of
from . import engine
from .plan import RunPlan, plan_run
from .progress import NoProgress, RunProgress
from .provenance import provenance
from .status import CRASHED, FINISHED, INTERRUPTED, STATUS_FILE, TIMED_OUT, RunStatus, locked


@dataclass(frozen=True)
class RunResult:
    """What a run left behind.

    Args:
        notebook: the executed copy; of a crashed run as far as it came.
        page: the HTML page, or ``None`` if none was asked for.
        metrics: what the notebook recorded: name → what :func:`workbench.record` was given.
        seconds: how long the cells took.
        failure: where and why it crashed; ``None`` if it did not.
    """

    notebook: Path
    page: Path | None
    metrics: dict[str, dict[str, Any]]
    seconds: float
    failure: CellFailure | None


def run_notebook(
    path: Path | str,
    out_dir: Path | str,
    parameters: Mapping[str, object] | None = None,
    *,
    html: bool = True,
    progress: RunProgress | None = None,
    cell_timeout: int | None = None,
) -> RunResult:
    """Execute a notebook and keep what it shows and records.

    The kernel belongs to this interpreter and works in the notebook's own folder, as in JupyterLab.

    Args:
        path: the notebook; it is not changed.
        out_dir: gets the executed copy, ``metrics.json``, ``run.json`` with what became of each cell, and the
            page; an earlier run's are replaced.
        parameters: name → value for the cell tagged ``parameters``; texts are read as on the command line.
        html: write the page too.
        progress: receives the course of the run.
        cell_timeout: how long a cell may take, in seconds; ``None`` for as long as it likes.

    Raises:
        FileNotFoundError: there is no such notebook.
        ValueError: the file is no notebook, or ``out_dir`` is the folder that it lies in.
        ParameterError: an unknown parameter or a wrong type.
        BlockingIOError: another run is using ``out_dir``.
        OSError: ``out_dir`` cannot be written to. None of these starts a kernel.
    """
    plan = plan_run(path, out_dir, parameters or {})
    return execute_plan(plan, html=html, progress=progress, cell_timeout=cell_timeout)


def execute_plan(
    plan: RunPlan,
    *,
    html: bool = True,
    progress: RunProgress | None = None,
    cell_timeout: int | None = None,
) -> RunResult:
    """Execute a run that :func:`~workbench.running.plan.plan_run` has checked."""
    with locked(plan.out):
        for left_over in (METRICS_FILE, EXAMPLES_FILE, DATA_FILE, STATUS_FILE, plan.executed, plan.page):
            (plan.out / left_over).unlink(missing_ok=True)
        status = RunStatus(plan.out, _facts(plan), _cells(plan))
        try:
            result = _execute(plan, status, html, progress or NoProgress(), cell_timeout)
        except BaseException as error:
            stopped = isinstance(error, KeyboardInterrupt)
            status.end(INTERRUPTED if stopped else CRASHED, str(error) or type(error).__name__)
            raise
        failure = result.failure
        state = FINISHED if failure is None else TIMED_OUT if failure.name == TIME_OUT else CRASHED
        status.end(state, None if failure is None else str(failure))
    return result


def _execute(
    plan: RunPlan, status: RunStatus, html: bool, progress: RunProgress, cell_timeout: int | None
) -> RunResult:
    start = time.monotonic()
    # Where a cell failed the executed notebook says; it is read below.
    with suppress(PapermillExecutionError, DeadKernelError, CellControlSignal, CellTimeoutError):
        papermill.execute_notebook(
            _unformatted(plan.notebook),
            _unformatted(plan.executed),
            parameters=plan.values,
            engine_name=engine.NAME,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            progress=progress,
            status=status,
            cell_timeout=cell_timeout,
            environment={**os.environ, RUN_FOLDER_VARIABLE: str(plan.out)},
            folder=str(plan.notebook.parent),
        )
    seconds = time.monotonic() - start
    notebook = nbformat.read(plan.executed, as_version=4)
    failure = find_failure(notebook)
    unmarked = [cell for cell in notebook.cells if ERROR_MARKER not in tags_of(cell)]
    # papermill marks also a cell whose tag says that it may fail
    if failure is None and unmarked != notebook.cells:
        notebook.cells = unmarked
        nbformat.write(notebook, plan.executed)
    return RunResult(
        notebook=plan.executed,
        page=write_notebook_page(notebook, plan.page, source=plan.notebook) if html else None,
        metrics=_read_metrics(plan.out / METRICS_FILE),
        seconds=seconds,
        failure=failure,
    )


def _facts(plan: RunPlan) -> dict[str, Any]:
    return {"name": plan.notebook.stem, "parameters": plan.parameters, "given": plan.values} | {
        "provenance": provenance(plan.notebook)
    }


def _cells(plan: RunPlan) -> list[tuple[str, str]]:
    notebook = nbformat.read(plan.notebook, as_version=4)
    known, heading = dict(headings(notebook)), ""
    cells = []
    for index, cell in enumerate(notebook.cells):
        heading = known.get(index, heading)
        if is_own(cell):  # an executed copy, run again, has papermill's too
            cells.append((cell.get("id", str(index)), heading))
    return cells


def _unformatted(path: Path) -> str:
    # Papermill takes a path for a format string.
    return str(path).replace("{", "{{").replace("}", "}}")


def _read_metrics(path: Path) -> dict[str, dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
