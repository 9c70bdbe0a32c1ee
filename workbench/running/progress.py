"""What is reported while a run goes on; the command line draws it."""

from __future__ import annotations

from typing import Protocol


class RunProgress(Protocol):
    """Receives the course of a run."""

    def cell(self, number: int, total: int, heading: str) -> None:
        """Cell ``number`` (from 1) of ``total`` starts, under this heading of the notebook."""

    def text(self, text: str) -> None:
        """The running cell has printed ``text``: any piece of its output, not always whole lines."""


class NoProgress:
    """Reports to nobody."""

    def cell(self, number: int, total: int, heading: str) -> None:
        """Ignore it."""

    def text(self, text: str) -> None:
        """Ignore it."""
