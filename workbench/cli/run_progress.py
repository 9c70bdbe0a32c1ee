"""The course of a run in a terminal, or as plain lines where there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from workbench.running.progress import RunProgress

_LONGEST = 60


@contextmanager
def run_progress(console: Console | None = None) -> Iterator[RunProgress]:
    """Shows how a run goes on: a bar in a terminal, a line for each heading otherwise."""
    console = console or Console()
    if not console.is_terminal:
        yield HeadingLines(console)
        return
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}  [dim]{task.fields[printed]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield CellBar(progress)


class CellBar:
    """A bar that counts cells, with the heading of the running one and the last line that it printed."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None, printed="")

    def cell(self, number: int, total: int, heading: str) -> None:
        """A cell starts."""
        self._progress.update(
            self._task, completed=number - 1, total=total, description=_shortened(heading), printed=""
        )

    def text(self, text: str) -> None:
        """It printed something."""
        lines = [line for line in re.split(r"[\r\n]", text) if line.strip()]
        if lines:
            self._progress.update(self._task, printed=_shortened(lines[-1]))


class HeadingLines:
    """One line for each heading, for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._heading = ""

    def cell(self, number: int, total: int, heading: str) -> None:
        """A cell starts."""
        if heading != self._heading:
            self._heading = heading
            self._console.print(f"[{number}/{total}] {heading}", markup=False, highlight=False)

    def text(self, text: str) -> None:
        """What cells print stays in the notebook."""


def _shortened(text: str) -> str:
    shortened = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return escape(shortened)
