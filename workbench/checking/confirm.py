"""What looks worse at few seeds is measured again at fresh ones, before anybody is alarmed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from workbench.running.job import Job
from workbench.running.store import StoredRun

from .judge import judge
from .metric_values import MetricValues, gather_metrics
from .plan import SEED, PlannedNotebook, jobs_of
from .result import MetricResult, Verdict

#: Seeds of a second look. One value far out is common where a number's tails are heavy; a mean of so many is not.
CONFIRMING = 4

Verdicts = dict[str, list[MetricResult]]
Metrics = Mapping[str, Mapping[str, MetricValues]]


def confirm(
    verdicts: Verdicts,
    planned: Sequence[PlannedNotebook],
    before: Metrics,
    profile: str,
    run: Callable[[Sequence[Job]], Mapping[str, StoredRun]],
) -> Verdicts:
    """Verdicts in which *worse* rests on :data:`CONFIRMING` seeds, wherever it rests on seeds.

    The second look counts alone: the seeds that raised the suspicion would bias it.

    Args:
        verdicts: notebook → results, of the first look.
        planned: all notebooks.
        before: notebook → metric → baseline.
        profile: of the runs.
        run: runs jobs; key → run.
    """
    suspects = {name: {m.name for m in metrics if _doubtful(m)} for name, metrics in verdicts.items()}
    jobs = {
        notebook.target.name: fresh_jobs(notebook, profile)
        for notebook in planned
        if suspects.get(notebook.target.name)
    }
    done = run([job for of_seeds in jobs.values() for job in of_seeds.values()])
    again: dict[str, dict[str, MetricValues]] = {}
    for name, of_seeds in jobs.items():
        runs = {seed: done[job.key] for seed, job in of_seeds.items()}
        if runs and all(found.finished for found in runs.values()):
            again[name] = {key: found for key, found in gather_metrics(runs).items() if key in suspects[name]}
    known = {name: {key: before[name][key] for key in metrics} for name, metrics in again.items()}
    second = {
        name: {m.name: _from_second_look(m) for m in found} for name, found in judge(known, again).items()
    }
    return {
        name: [second.get(name, {}).get(metric.name, metric) for metric in metrics]
        for name, metrics in verdicts.items()
    }


def fresh_jobs(notebook: PlannedNotebook, profile: str) -> dict[int, Job]:
    """Seeds that neither the check nor the baseline has used; none for a notebook without a seed."""
    if any(SEED not in job.parameters for job in notebook.jobs.values()):
        return {}
    known = notebook.baseline.facts["seeds"] if notebook.baseline else []
    first = 1 + max([*notebook.jobs, *known])
    return jobs_of(notebook.target, profile, range(first, first + CONFIRMING))


def _doubtful(metric: MetricResult) -> bool:
    return metric.verdict == Verdict.WORSE and 0 < metric.new_seeds < CONFIRMING


def _from_second_look(metric: MetricResult) -> MetricResult:
    return replace(metric, how=f"{metric.how}, a second look")
