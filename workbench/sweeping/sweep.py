"""Running a grid on a cluster: each run once, whatever happens to the machines."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import Client, Future, KilledWorker, as_completed

from workbench.running.job import Job
from workbench.running.status import FINISHED, KILLED
from workbench.running.store import Store, StoredRun

from .cluster import cluster_for
from .plan import SweepPlan
from .worker import ClusterError, run_here, stop_here

NOT_RUN = "not run"


@dataclass(frozen=True)
class SweptRun:
    """What became of one run of a grid.

    Args:
        job: what was to be run.
        state: one of those of :mod:`workbench.running.status`, or ``"not run"``.
        failure: why it did not finish.
        seconds: how long it took.
        metrics: name → what was recorded; of a finished run alone.
        folder: where everything is; ``None`` if there is nothing.
        reused: it was there already.
    """

    job: Job
    state: str
    failure: str | None = None
    seconds: float | None = None
    metrics: dict[str, dict[str, Any]] | None = None
    folder: Path | None = None
    reused: bool = False

    @property
    def finished(self) -> bool:
        """Whether every cell ran."""
        return self.state == FINISHED


Swept = Generator[SweptRun, None, None]


def split_by_store(jobs: Iterable[Job], store: Store) -> tuple[list[SweptRun], list[Job]]:
    """Runs that the store has, finished; and the jobs that are missing."""
    there, missing = [], []
    for job in jobs:
        run = store.find(job)
        if run:
            there.append(_swept(job, run))
        else:
            missing.append(job)
    return there, missing


def outcome_of_each(jobs: Iterable[Job], runs: Iterable[SweptRun], store: Store) -> list[SweptRun]:
    """What became of every job, also of those that nothing was heard of: the sweep was stopped before."""
    heard = {run.job.key: run for run in runs}
    for job in jobs:
        if job.key not in heard:
            run = store.find(job)
            heard[job.key] = _swept(job, run) if run else SweptRun(job, NOT_RUN, "the sweep was stopped")
    return list(heard.values())


def run_sweep(plan: SweepPlan, missing: Sequence[Job], on_message: Callable[[str], None]) -> Swept:
    """Run what is missing on the plan's cluster, and yield what became of each run; see :func:`run_on_cluster`.

    Raises:
        ClusterError: there is no such cluster, or it does not fit.
        ConnectionError: the scheduler is gone.
    """
    if not missing:
        return
    with cluster_for(plan, missing, on_message) as client:
        yield from run_on_cluster(client, missing, plan)


def run_on_cluster(client: Client, jobs: Sequence[Job], plan: SweepPlan) -> Swept:
    """Run each job once, and yield what became of it, in the order in which they end.

    A notebook that crashes is a result, and is not run again. A run whose worker died, or whose worker could not
    write, is started anew. When the caller stops (Ctrl-C, or closes the iterator), runs that have not begun
    are cancelled and running notebooks are stopped; what is finished is in the store.

    Args:
        client: of the cluster.
        jobs: what to run.
        plan: how, and where to.

    Raises:
        ClusterError: a worker that joined late does not fit.
        ConnectionError: the scheduler is gone.
    """
    sweep = uuid.uuid4().hex
    futures = client.map(
        run_here,
        jobs,
        root=plan.store.root,
        sweep=sweep,
        cell_timeout=plan.cell_timeout,
        threads=plan.threads_each(len(plan.grid.jobs)),  # a sweep that goes on trains like one in one go
        pure=False,
        retries=plan.retries,
    )
    job_of = dict(zip(futures, jobs, strict=True))
    try:
        for future in as_completed(futures, loop=client.loop):
            yield _outcome(job_of[future], future)
    except BaseException:
        if client.status == "running":
            client.cancel(futures, force=True)
            client.run(stop_here, sweep, on_error="ignore")
        raise
    finally:
        for job in jobs:
            plan.store.remove_dead_attempts(job)


def _outcome(job: Job, future: Future) -> SweptRun:
    if future.cancelled():
        raise ConnectionError("the Dask scheduler is gone: its connection was lost")
    error = future.exception()
    if isinstance(error, ClusterError):
        raise error
    if isinstance(error, KilledWorker):
        died = f"{error.allowed_failures + 1} workers died while they had this run"
        return SweptRun(job, KILLED, f"{died}, the last at {error.last_worker.address}")
    if error is not None:
        return SweptRun(job, NOT_RUN, f"the worker could not run it: {type(error).__name__}: {error}")
    run: StoredRun | None = future.result()
    return SweptRun(job, NOT_RUN, "the sweep was stopped") if run is None else _swept(job, run)


def _swept(job: Job, run: StoredRun) -> SweptRun:
    state, failure, seconds = (run.status[name] for name in ("state", "failure", "seconds"))
    metrics = run.metrics if run.finished else None
    return SweptRun(job, state, failure, seconds, metrics, run.folder, run.reused)
