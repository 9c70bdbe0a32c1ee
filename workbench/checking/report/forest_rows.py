"""Differences of many metrics on one axis, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ForestRow:
    """One metric of a forest plot; its numbers are in margins, and more is worse.

    Attributes:
        name: of the metric.
        verdict: a word of :mod:`workbench.checking.report.verdicts`.
        place: the difference from the baseline; ``None`` if it cannot be put on the axis.
        low: lower end of its interval; ``None`` without one.
        high: upper end.
        both_ways: no direction is better, so that less is as bad as more.
        numbers: the same in its own unit, in words.
        instead: what is said where nothing can be drawn.
        said: shown while the pointer rests on the row.
    """

    name: str
    verdict: str
    place: float | None = None
    low: float | None = None
    high: float | None = None
    both_ways: bool = False
    numbers: str = ""
    instead: str = ""
    said: str = ""
