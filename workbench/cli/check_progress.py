"""The course of a check: a line for each run that ends, and a bar where there is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workbench.reading.times import duration
from workbench.running.job import Job
from workbench.running.store import StoredRun

_SHOWN = ("seed",)


@contextmanager
def check_progress(total: int, console: Console | None = None) -> Iterator[Callable[[Job, StoredRun], None]]:
    """Yields the callback for each run that has ended.

    Args:
        total: how many there will be.
        console: where it is shown.
    """
    console = console or Console(highlight=False)
    columns = (
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("running notebooks", total=total)

        def on_run_end(job: Job, run: StoredRun) -> None:
            ended = progress.tasks[0].completed + 1
            progress.update(task, completed=ended, total=max(total, ended))  # a second look adds runs
            progress.console.print(line_of(job, run), markup=False)

        yield on_run_end


def line_of(job: Job, run: StoredRun) -> str:
    """Such as ``"finished   05_poe_versus_mopoe_nll, seed 0, 12 s"``."""
    shown = "".join(f", {name} {job.parameters[name]}" for name in _SHOWN if name in job.parameters)
    took = "kept from before" if run.reused else duration(run.status["seconds"])
    return f"{run.status['state']:<10} {job.notebook.stem}{shown}, {took}"
