"""A check from its plan to its report."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from workbench.running.job import Job
from workbench.running.status import FINISHED
from workbench.running.store import Store, StoredRun

from ..running.pool import run_jobs
from .changes import what_changed
from .confirm import confirm
from .judge import FALSE_ALARMS, LEVEL, judge
from .metric_values import MetricValues, gather_metrics
from .pictures import pair_pictures, save_pictures
from .plan import PlannedNotebook
from .result import SEVERITY, CheckReport, MetricResult, NotebookResult, Verdict

PICTURES = "pictures"


def run_check(
    planned: Sequence[PlannedNotebook],
    store: Store,
    *,
    profile: str,
    seeds: Sequence[int],
    at_once: int = 1,
    cell_timeout: int | None = None,
    fresh: bool = False,
    confirming: bool = True,
    command: str = "",
    on_run_end: Callable[[Job, StoredRun], None] = lambda job, run: None,
) -> tuple[CheckReport, dict[str, dict[int, StoredRun]]]:
    """Run the notebooks of a plan and compare what they record with their baselines.

    Args:
        planned: see :func:`workbench.checking.plan.plan_check`.
        store: where runs are kept.
        profile: of the runs.
        seeds: of the runs.
        at_once: how many processes.
        cell_timeout: seconds a cell may take.
        fresh: run also what is in the store.
        confirming: whether a second look at fresh seeds decides on what looks worse at few.
        command: for the report.
        on_run_end: is called after each run.

    Returns:
        The report, and name of the notebook → seed → run.

    Raises:
        KeyboardInterrupt: it was stopped; what had finished is kept.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    jobs = [job for notebook in planned for job in notebook.jobs.values()]
    run = partial(
        run_jobs, store=store, at_once=at_once, cell_timeout=cell_timeout, fresh=fresh, on_run_end=on_run_end
    )
    done = run(jobs)
    runs = {
        notebook.target.name: {seed: done[job.key] for seed, job in notebook.jobs.items()}
        for notebook in planned
    }
    now = {name: gather_metrics(of_seeds) for name, of_seeds in runs.items()}
    before = {nb.target.name: nb.baseline.metrics for nb in planned if nb.baseline is not None}
    verdicts = judge(before, now)
    if confirming:
        verdicts = confirm(verdicts, planned, before, profile, run)
    notebooks = [
        _result(notebook, runs[notebook.target.name], verdicts.get(notebook.target.name, []), now, profile)
        for notebook in planned
    ]
    report = CheckReport(
        notebooks=tuple(sorted(notebooks, key=_severity)),
        profile=profile,
        seeds=tuple(seeds),
        started=started,
        seconds=time.monotonic() - clock,
        provenance=jobs[0].provenance,
        level=LEVEL,
        false_alarms=FALSE_ALARMS,
        command=command,
    )
    return report, runs


def _result(
    notebook: PlannedNotebook,
    runs: dict[int, StoredRun],
    metrics: list[MetricResult],
    now: dict[str, dict[str, MetricValues]],
    profile: str,
) -> NotebookResult:
    name, first = notebook.target.name, next(iter(runs.values()))
    stopped = next((run for run in runs.values() if not run.finished), None)
    shown = stopped or first
    baseline = notebook.baseline
    folder = first.folder / PICTURES
    if first.finished:
        save_pictures(first.executed, folder)
    return NotebookResult(
        name=name,
        notebook=notebook.target.path,
        state=shown.status["state"] if stopped else FINISHED,
        failure=(shown.status["failure"] or "") if stopped else "",
        seconds=sum(run.status["seconds"] for run in runs.values()),
        reused=all(run.reused for run in runs.values()),
        folders=tuple(run.folder for run in runs.values()),
        parameters=first.status["parameters"],
        cells=tuple(shown.status["cells"]),
        metrics=tuple(
            sorted(
                # What a run that stopped did not come to is not missing.
                (metric for metric in metrics if stopped is None or metric.verdict != Verdict.MISSING),
                key=lambda metric: (SEVERITY[metric.verdict], 1 if metric.p is None else metric.p),
            )
        ),
        baseline=None if baseline is None else _facts(baseline.facts),
        changed=() if baseline is None else what_changed(baseline, first, now.get(name, {})),
        reproduce=_command(notebook.target.path, profile, list(runs)),
        pictures=pair_pictures(picture_folder(notebook, profile), folder),
    )


def picture_folder(notebook: PlannedNotebook, profile: str) -> Path:
    """Where the pictures of a notebook's baseline are."""
    return notebook.target.baseline_folder / f"{PICTURES}.{profile}"


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in ("commit", "date", "reason", "seeds")}


def _command(path: Path, profile: str, seeds: list[int]) -> str:
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    which = f"{seeds[0]}..{seeds[-1]}"
    return f"workbench check {shlex.quote(str(shown))} --profile {profile} --seeds {which} --fresh"


def _severity(notebook: NotebookResult) -> tuple[int, int, str]:
    worst = min((SEVERITY[metric.verdict] for metric in notebook.metrics), default=len(SEVERITY))
    return int(notebook.finished), worst, notebook.name
