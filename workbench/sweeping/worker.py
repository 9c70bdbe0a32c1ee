"""What each worker of the cluster does: it shows that it fits, runs notebooks one by one, and stops them.

Dask also loads this module into workers of our own on this machine, see :func:`dask_setup`.
"""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from distributed import get_worker

from workbench.files import make_writable
from workbench.running.job import Job
from workbench.running.provenance import provenance
from workbench.running.store import Store, StoredRun

_LOOK = 0.1  # seconds between two looks at whether all notebooks have stopped


class ClusterError(RuntimeError):
    """A cluster that does not answer, or a worker whose runs would not be comparable or not be seen."""


@dataclass
class _SweepHere:
    """What this worker does for one sweep."""

    stop: threading.Event = field(default_factory=threading.Event)
    running: set[str] = field(default_factory=set)


_sweeps: dict[str, _SweepHere] = {}


def problems(job: Job, root: Path, mark: str | None = None) -> list[str]:
    """Why this worker must not take part in a sweep; none if it fits.

    Args:
        job: one of the sweep's, made where the sweep was started.
        root: the folder of the runs.
        mark: name of a file that lies in ``root`` if it is the same folder.
    """
    if not job.notebook.is_file():
        return [f"it does not see the notebook {job.notebook}"]
    if mark is not None and not (root / mark).is_file():
        return [f"it does not see the folder {root}, which must be common to all machines"]
    here, found = provenance(job.notebook), []
    if here["notebook"] != job.provenance["notebook"]:
        found.append(f"its notebook {job.notebook} is not that of the sweep")
    if here["code"] != job.provenance["code"]:
        found.append("its mopoe and workbench are not those of the sweep")
    if here["platform"] != job.provenance["platform"]:
        found.append(f"it is {here['platform']}, not {job.provenance['platform']}")
    for name, version in job.provenance["versions"].items():
        if here["versions"].get(name) != version:
            found.append(f"it has {name} {here['versions'].get(name)}, not {version}")
    try:
        make_writable(root)
    except OSError as error:
        found.append(str(error))
    return found


def run_here(
    job: Job, *, root: Path, sweep: str, cell_timeout: int | None, threads: int | None
) -> StoredRun | None:
    """Run one notebook in a process of its own.

    Args:
        job: what to run.
        root: the folder of the runs.
        sweep: which sweep it belongs to, for :func:`stop_here`.
        cell_timeout: seconds a cell may take.
        threads: of torch; ``None`` leaves it to the worker's environment.

    Returns:
        The run, whatever became of it; ``None`` if the sweep was stopped before it began.

    Raises:
        ClusterError: this worker must not take part; it may have joined after the others were looked at.
    """
    found = problems(job, root)
    if found:
        raise ClusterError(f"the worker {get_worker().address} cannot take part: {'; '.join(found)}")
    here = _sweeps.setdefault(sweep, _SweepHere())
    here.running.add(job.key)
    try:
        if here.stop.is_set():
            return None
        return Store(root).run(job, cell_timeout=cell_timeout, threads=threads, stop=here.stop)
    finally:
        here.running.discard(job.key)


async def stop_here(sweep: str) -> None:
    """Stop the notebooks of a sweep on this worker in order, and wait until they have ended."""
    here = _sweeps.setdefault(sweep, _SweepHere())
    here.stop.set()
    while here.running:
        await asyncio.sleep(_LOOK)


def dask_setup(worker: object) -> None:
    """Leave the terminal's group of processes: Ctrl-C is for the command, which then stops us in order."""
    if os.name == "posix":
        os.setpgrp()
