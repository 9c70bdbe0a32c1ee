"""Doing something once nothing has happened for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

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
