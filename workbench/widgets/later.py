"""Doing something once nothing has happened for a while."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

REST = 0.2  # seconds


class Later:
    """One thing to be done later; asking again puts it off."""

    def __init__(self) -> None:
        self._handle: asyncio.TimerHandle | None = None

    def call(self, do: Callable[[], None]) -> bool:
        """Do it after a rest; ``False`` where no event loop runs, as in a script, so that it never would be."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        self.cancel()
        self._handle = loop.call_later(REST, do)
        return True

    @property
    def waits(self) -> bool:
        """Whether something is still to be done."""
        return self._handle is not None

    def cancel(self) -> None:
        """It is done, or not to be done any more."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None


class Timings:
    """Milliseconds of the last drawings, analysis and figures together."""

    def __init__(self) -> None:
        self.milliseconds: deque[float] = deque(maxlen=200)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure what happens inside, if it succeeds."""
        start = time.perf_counter()
        yield
        self.milliseconds.append(1000 * (time.perf_counter() - start))

    def said(self) -> str:
        """The last one and, from ten on, the 95th percentile."""
        if not self.milliseconds:
            return ""
        last = f"drawn in {self.milliseconds[-1]:.0f} ms"
        if len(self.milliseconds) < 10:
            return last
        return f"{last} (95 %: {np.percentile(self.milliseconds, 95):.0f})"
