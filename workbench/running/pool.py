"""Running the notebooks of a check, some at a time, each in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from .job import Job
from .store import Store, StoredRun


def run_jobs(
    jobs: Sequence[Job],
    store: Store,
    *,
    at_once: int,
    cell_timeout: int | None,
    fresh: bool,
    on_run_end: Callable[[Job, StoredRun], None],
) -> dict[str, StoredRun]:
    """Run what the store does not have.

    Every notebook runs with one thread of torch: sums are then taken in the same order everywhere.

    Args:
        jobs: to be run.
        store: where runs are kept.
        at_once: how many processes.
        cell_timeout: seconds a cell may take.
        fresh: run also what is there.
        on_run_end: is called after each run, in the thread of the caller.

    Returns:
        Key of the job → its run.

    Raises:
        KeyboardInterrupt: all runs were stopped in order; what had finished is kept.
    """
    stop = threading.Event()
    runs: dict[str, StoredRun] = {}

    def run(job: Job) -> StoredRun:
        return store.run(job, fresh=fresh, cell_timeout=cell_timeout, threads=1, stop=stop)

    with ThreadPoolExecutor(at_once) as pool:
        waiting = {pool.submit(run, job): job for job in jobs}
        try:
            for done in as_completed(waiting):
                job = waiting[done]
                runs[job.key] = done.result()
                on_run_end(job, runs[job.key])
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    return runs
