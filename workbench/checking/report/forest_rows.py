"""Metrics as rows of a forest plot: their differences on one axis, ready to be drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.checking.result import MetricResult, Verdict

from .metric_text import MetricText

_INSTEAD = {Verdict.MISSING: "not recorded", Verdict.NEW: "not in the baseline"}


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


def forest_rows(metrics: Iterable[MetricResult]) -> list[ForestRow]:
    """One row a metric: its difference in margins, turned so that more is worse."""
    return [_row(metric) for metric in metrics]


def _row(metric: MetricResult) -> ForestRow:
    words = MetricText.of(metric)
    place = _in_margins(metric.difference, metric)
    ends = [x for x in (_in_margins(metric.low, metric), _in_margins(metric.high, metric)) if x is not None]
    drawn = place is not None and len(ends) == 2
    return ForestRow(
        name=words.name,
        verdict=words.verdict,
        place=place,
        low=min(ends) if drawn else None,
        high=max(ends) if drawn else None,
        both_ways=metric.better is None and place is not None,
        numbers=words.difference or words.change,
        instead=_INSTEAD.get(metric.verdict) or words.compared or "no margin",
        said=f"{words.name}: {words.verdict}. {words.sentence}",
    )


def _in_margins(difference: float | None, metric: MetricResult) -> float | None:
    if difference is None or not metric.margin or math.isinf(metric.margin) or math.isnan(difference):
        return None
    return (-difference if metric.better == "higher" else difference) / metric.margin
