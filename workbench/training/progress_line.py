"""One line that says how far training is, updated in place."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_WIDTH = 20
_SECONDS_BETWEEN = 0.25


class ProgressLine:
    """Shows epochs, steps and losses while :func:`workbench.training.fit` runs.

    In a notebook the line is plain text in one output, so it stays readable in an executed notebook and in
    HTML; in a terminal it is overwritten; in a file there is one line an epoch.

    Args:
        epochs: number of epochs at most.
        steps: training steps an epoch.
        enabled: whether to show anything.
    """

    def __init__(self, epochs: int, steps: int, enabled: bool = True) -> None:
        self.epochs, self.steps = epochs, steps
        self.started = time.perf_counter()
        self.shown = -_SECONDS_BETWEEN
        self.last = ""
        self.write, self.in_place = _sink() if enabled else (_nowhere, False)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self.started

    def step(self, epoch: int, step: int, loss: Tensor) -> None:
        """Step ``step`` of epoch ``epoch`` is done; ``loss`` is read only if it is shown."""
        if self.in_place and self.seconds - self.shown >= _SECONDS_BETWEEN:
            done = (epoch - 1 + step / self.steps) / self.epochs
            bar = ("█" * round(done * _WIDTH)).ljust(_WIDTH, "░")
            self._show(f"{bar} epoch {epoch}/{self.epochs}  loss {loss.item():.1f}  {self.last}")

    def epoch(self, epoch: int, train: float, validation: float, best: int) -> None:
        """Epoch ``epoch`` is done with these losses; the best one so far was ``best``."""
        self.last = f"last epoch: train {train:.1f}, validation {validation:.1f}; best epoch {best}"
        if not self.in_place:
            self._show(f"epoch {epoch}/{self.epochs}  train {train:.1f}  validation {validation:.1f}")

    def end(self, summary: str) -> None:
        """The line that stays."""
        self._show(summary)
        if self.in_place:
            self.write("", True)

    def _show(self, line: str) -> None:
        self.shown = self.seconds
        self.write(f"{line}  {self.seconds:.0f} s", False)


def _sink() -> tuple[Callable[[str, bool], None], bool]:
    """Where lines go, and whether each replaces the last."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and hasattr(shell, "kernel"):
        return _notebook(), True
    if sys.stderr.isatty():
        return _terminal, True
    return lambda line, end: print(line, file=sys.stderr, flush=True), False


def _notebook() -> Callable[[str, bool], None]:
    from IPython.display import display

    handle = display({"text/plain": ""}, raw=True, display_id=True)

    def write(line: str, end: bool) -> None:
        if not end:
            handle.update({"text/plain": line}, raw=True)

    return write


def _terminal(line: str, end: bool) -> None:
    # "\033[K" clears what a longer line left behind.
    print("" if end else f"\r{line}\033[K", end="\n" if end else "", file=sys.stderr, flush=True)


def _nowhere(line: str, end: bool) -> None:
    """Shows nothing."""
