"""All that can be wrong with a sweep, found before anything is started; imports nothing heavy."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from workbench.files import make_writable
from workbench.running.store import Store

from .grid import Grid, read_grid

SUFFIXES = (".csv", ".parquet")
_PACKAGES = ("distributed", "pyarrow")


@dataclass(frozen=True)
class SweepPlan:
    """A sweep that was checked.

    Args:
        grid: its runs.
        store: where they go.
        table: the file for all numbers.
        scheduler: address of a Dask cluster; ``None`` for one of our own on this machine.
        workers: how many notebooks run at once on this machine; ``None`` for one a core.
        threads: of torch in each notebook; ``None`` for this machine's cores shared out, or what the workers
            of a cluster say.
        cell_timeout: seconds a cell may take.
        retries: how often a run that a machine failed is started anew. How many deaths of workers a run may see
            on a cluster at an address is its scheduler's to decide, by ``allowed-failures``.
    """

    grid: Grid
    store: Store
    table: Path
    scheduler: str | None = None
    workers: int | None = None
    threads: int | None = None
    cell_timeout: int | None = None
    retries: int = 2

    def at_once(self, jobs: int) -> int:
        """How many of some jobs run at once on this machine."""
        return min(self.workers or _cores(), jobs)

    def threads_each(self, jobs: int) -> int | None:
        """Threads of torch in each of some jobs."""
        if self.threads is not None or self.scheduler is not None:
            return self.threads
        return max(1, _cores() // self.at_once(jobs))


def plan_sweep(
    notebook: Path,
    texts: Mapping[str, str],
    *,
    profile: str | None = None,
    out: Path | None = None,
    table: Path | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    threads: int | None = None,
    cell_timeout: int | None = None,
    retries: int = 2,
) -> SweepPlan:
    """Check a sweep, and make the folders that it writes into.

    Args:
        notebook: to be run.
        texts: parameter → its values as typed; see :func:`~workbench.sweeping.axis.read_axis`.
        profile: ``"fast"`` or ``"full"``: values for all other parameters.
        out: where runs go; by default ``runs/sweeps/NAME``.
        table: where the table goes; by default ``table.csv`` in ``out``.
        scheduler: see :class:`SweepPlan`, as for the rest.
        workers: at once.
        threads: of torch.
        cell_timeout: in seconds.
        retries: of a run that a machine failed.

    Raises:
        FileNotFoundError, ValueError: no such notebook, profile or kind of table; values that are wrong.
        ModuleNotFoundError: the extra ``sweep`` is not installed.
        OSError: a folder cannot be written to.
    """
    if scheduler is not None and workers is not None:
        raise ValueError("workers are for this machine; a cluster at an address has its own")
    grid = read_grid(notebook, texts, profile)
    if not all(map(find_spec, _PACKAGES)):
        raise ModuleNotFoundError("sweeps need more packages: pip install 'mopoe-workbench[workbench,sweep]'")
    if table is not None and table.suffix not in SUFFIXES:
        raise ValueError(f"table: expected a name that ends with {' or '.join(SUFFIXES)}, got {table}")
    store = Store(make_writable(out or Path("runs/sweeps") / notebook.stem))
    place = table or store.root / "table.csv"
    make_writable(place.parent)
    return SweepPlan(grid, store, place, scheduler, workers, threads, cell_timeout, retries)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
