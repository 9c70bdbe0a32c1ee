"""The course of a sweep: a bar in a terminal, a line for each run otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

if TYPE_CHECKING:
    from workbench.sweeping.sweep import SweptRun

_LONGEST = 240
Ended = Callable[["SweptRun", Mapping[str, object]], None]


@contextmanager
def sweep_progress(there: int, total: int, console: Console | None = None) -> Iterator[Ended]:
    """Yields the callback for each run that has ended, with its values of the grid's parameters.

    Args:
        there: runs that were there already.
        total: runs of the whole grid.
        console: where to; by default the terminal.
    """
    console = console or Console()
    if not console.is_terminal:
        yield _RunLines(console, there, total)
        return
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield _RunBar(progress, there, total)


class _RunLines:
    def __init__(self, console: Console, there: int, total: int) -> None:
        self._console, self._done, self._total = console, there, total

    def __call__(self, run: SweptRun, point: Mapping[str, object]) -> None:
        self._done += 1
        self._console.print(
            f"[{self._done}/{self._total}] {ending(run, point)}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


class _RunBar:
    """Counts runs and shows the last; those that did not finish stay above it."""

    def __init__(self, progress: Progress, there: int, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", completed=there, total=total)

    def __call__(self, run: SweptRun, point: Mapping[str, object]) -> None:
        words = ending(run, point)
        if not run.finished:
            self._progress.console.print(words, markup=False, highlight=False)
        self._progress.update(self._task, advance=1, description=words if run.finished else "")


def ending(run: SweptRun, point: Mapping[str, object]) -> str:
    """Such as ``"beta = 0.5, seed = 1: finished in 3.2 s"``."""
    where = ", ".join(f"{name} = {value}" for name, value in point.items())
    if run.finished:
        return f"{where}: finished in {run.seconds:.1f} s"
    why = " ".join((run.failure or "").split())
    why = why if len(why) <= _LONGEST else why[: _LONGEST - 1] + "…"
    return f"{where}: {run.state}. {why}"
