"""The numbers of one metric as people read them; every format of a report shows them so."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbench.checking.result import MetricResult, Verdict
from workbench.numerals import numeral

from .sanitise import one_line
from .verdicts import verdict_mark

#: Verdicts that somebody must look at.
ATTENTION = (Verdict.WORSE, Verdict.MISSING, Verdict.INCONCLUSIVE)
NO_VALUE = "—"
_DIRECTION = {"lower": "lower is better", "higher": "higher is better", None: "either way is worse"}
_SMALLEST_P = 1e-4


@dataclass(frozen=True)
class MetricText:
    """A metric as text.

    Args:
        name: of the metric.
        verdict: as a word.
        mark: the verdict as one character.
        change: before → now.
        difference: with its interval; empty where nothing was compared.
        margin: with its unit.
        direction: what is better.
        compared: what the interval is over, with p where it speaks against the metric.
        advice: what to do, if it is inconclusive.
        diagnosis: why the number must not be believed; empty if nothing speaks against it.
    """

    name: str
    verdict: str
    mark: str
    change: str
    difference: str
    margin: str
    direction: str
    compared: str
    advice: str
    diagnosis: str

    @classmethod
    def of(cls, metric: MetricResult) -> MetricText:
        """All numbers with as many digits as the interval or the margin makes meaningful."""
        scale = _scale(metric)
        unit = f" {one_line(metric.unit)}" if metric.unit else ""
        numbers = [shown(metric.before, scale), shown(metric.value, scale)]
        # Of a number that is not there the unit goes to the one that is.
        numbers[0 if metric.value is None else 1] += unit
        return cls(
            name=one_line(metric.name),
            verdict=str(metric.verdict),
            mark=verdict_mark(metric.verdict),
            change=" → ".join(numbers),
            difference=_difference(metric, scale) + unit if metric.difference is not None else "",
            margin="none" if metric.margin is None else shown(metric.margin) + unit,
            direction=_DIRECTION[metric.better],
            compared=_compared(metric),
            advice=one_line(metric.advice),
            diagnosis=one_line(metric.diagnosis),
        )

    @property
    def sentence(self) -> str:
        """Everything but name and verdict, on one line."""
        parts = [self.change]
        if self.difference:
            parts.append(f"difference {self.difference}")
        if self.margin != "none":
            parts.append(f"margin {self.margin}")
        return "; ".join([*parts, self.direction, *self.remarks])

    @property
    def remarks(self) -> list[str]:
        """What the number was compared over, what to do, and why it must not be believed: what of it there is."""
        return [words for words in (self.compared, self.advice, self.diagnosis) if words]


def shown(value: float | None, scale: float | None = None, *, sign: bool = False) -> str:
    """A number with two digits of ``scale``, or six digits of its own, with a true minus sign."""
    if value is None or math.isnan(value):
        return NO_VALUE
    plus = "+" if sign else ""
    decimals = -1 if not scale or not math.isfinite(scale) else max(0, 1 - math.floor(math.log10(scale)))
    if math.isinf(value):
        return numeral(value, plus).replace("inf", "∞")
    if 0 <= decimals <= 9 and abs(value) < 1e9:
        return numeral(value, f"{plus}z.{decimals}f")
    return numeral(value, f"{plus}.{6 if decimals < 0 else 12}g")


def _scale(metric: MetricResult) -> float | None:
    """What the last digits of a metric are measured by."""
    half = 0.0 if metric.low is None or metric.high is None else (metric.high - metric.low) / 2
    candidates = [x for x in (half, (metric.margin or 0.0) / 10) if math.isfinite(x) and x > 0]
    if candidates:
        return max(candidates)
    # An exact number keeps its own digits, unless they would hide that it has changed.
    hidden = metric.difference and shown(metric.before) == shown(metric.value)
    return abs(metric.difference) if hidden and metric.difference else None


def _difference(metric: MetricResult, scale: float | None) -> str:
    words = shown(metric.difference, scale, sign=True)
    if metric.low is None or metric.high is None:
        return words
    return f"{words} [{shown(metric.low, scale, sign=True)}, {shown(metric.high, scale, sign=True)}]"


def _compared(metric: MetricResult) -> str:
    how = one_line(metric.how)
    if metric.p is None or metric.verdict not in ATTENTION:
        return how
    p = f"p < {_SMALLEST_P:g}" if metric.p < _SMALLEST_P else f"p = {metric.p:.2g}"
    return f"{how}; {p}" if how else p
