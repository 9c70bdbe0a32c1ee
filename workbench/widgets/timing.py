"""How long drawing takes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


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

    def in_words(self) -> str:
        """The last one and, from ten on, the 95th percentile."""
        if not self.milliseconds:
            return ""
        last = f"drawn in {self.milliseconds[-1]:.0f} ms"
        if len(self.milliseconds) < 10:
            return last
        return f"{last} (95 %: {np.percentile(self.milliseconds, 95):.0f})"
