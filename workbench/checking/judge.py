"""From differences to verdicts, with few false alarms however many metrics there are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from .difference import BaselineDifference, difference, same_to_rounding
from .metric_values import MetricValues
from .result import MetricResult, Verdict

#: Of the intervals that are shown, and inside which a metric is called the same.
LEVEL = 0.95
#: How often, at most, a check in which nothing changed may call any of its metrics worse.
FALSE_ALARMS = 0.001
_MANY = 100

Key = TypeVar("Key")


def judge(
    before: Mapping[Key, Mapping[str, MetricValues]], now: Mapping[Key, Mapping[str, MetricValues]]
) -> dict[Key, list[MetricResult]]:
    """Verdicts for all metrics of all notebooks.

    A metric is *worse* if its difference lies beyond the margin on the bad side, with all of them
    corrected together (Holm 1979); *same* if its interval lies inside the margin; *better* as worse, on the
    other side; else *inconclusive*. Where no direction is better, both sides are bad.

    Margin and direction are the baseline's, until people change the baseline.

    Args:
        before: notebook → metric → its baseline; a notebook may be absent.
        now: notebook → metric → what was recorded.
    """
    differences = {
        (notebook, name): difference(before[notebook][name], numbers)
        for notebook, metrics in now.items()
        for name, numbers in metrics.items()
        if name in before.get(notebook, {}) and before[notebook][name].compared == "within"
    }
    worse = holm({at: p_worse(gap, *_stake(before, at)) for at, gap in differences.items()})
    better = holm({at: p_better(gap, *_stake(before, at)) for at, gap in differences.items()})
    results: dict[Key, list[MetricResult]] = {}
    for notebook in now:
        known = before.get(notebook, {})
        results[notebook] = [_missing(name, known[name]) for name in known if name not in now[notebook]]
        for name, numbers in now[notebook].items():
            at = (notebook, name)
            if at in differences:
                found = _within(name, known[name], numbers, differences[at], worse[at], better[at])
            elif name in known:
                found = _exactly(name, known[name], numbers)
            else:
                found = MetricResult(
                    name,
                    Verdict.NEW,
                    numbers.mean,
                    better=numbers.better,
                    margin=numbers.margin,
                    unit=numbers.unit,
                )
            results[notebook].append(replace(found, diagnosis=numbers.diagnosis))
    return results


def p_worse(gap: BaselineDifference, margin: float, better: str | None) -> float:
    """Against "no worse than the margin": for an increase, a decrease, or either of them."""
    up, down = gap.p_above(margin), gap.negated().p_above(margin)
    match better:
        case "lower":
            return up
        case "higher":
            return down
    return min(1.0, 2 * min(up, down))


def p_better(gap: BaselineDifference, margin: float, better: str | None) -> float:
    """Against "no better than the margin"."""
    opposite = {"lower": "higher", "higher": "lower"}
    return 1.0 if better is None else p_worse(gap, margin, opposite[better])


def holm(p: Mapping[Key, float]) -> dict[Key, float]:
    """p-values corrected for their number: calling those below α wrongly significant errs in a share α of families.

    Source: Holm, *A Simple Sequentially Rejective Multiple Test Procedure*, Scandinavian Journal of Statistics 1979.
    """
    corrected, largest = {}, 0.0
    for rank, (key, value) in enumerate(sorted(p.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, (len(p) - rank) * value))
        corrected[key] = largest
    return corrected


def _stake(before: Mapping[Key, Mapping[str, MetricValues]], at: tuple[Key, str]) -> tuple[float, str | None]:
    numbers = before[at[0]][at[1]]
    return numbers.margin or 0.0, numbers.better


def _missing(name: str, before: MetricValues) -> MetricResult:
    return MetricResult(
        name,
        Verdict.MISSING,
        before=before.mean,
        margin=before.margin,
        better=before.better,
        unit=before.unit,
    )


def _within(
    name: str, before: MetricValues, now: MetricValues, gap: BaselineDifference, worse: float, better: float
) -> MetricResult:
    margin, (low, high) = before.margin or 0.0, gap.interval(LEVEL)
    if worse <= FALSE_ALARMS:
        verdict = Verdict.WORSE
    elif better <= FALSE_ALARMS:
        verdict = Verdict.BETTER
    elif -margin <= low and high <= margin:
        verdict = Verdict.SAME
    else:
        verdict = Verdict.INCONCLUSIVE
    return MetricResult(
        name,
        verdict,
        value=now.mean_of(gap.seeds),
        before=before.mean_of(gap.seeds),
        difference=gap.value,
        low=low,
        high=high,
        p=p_worse(gap, margin, before.better),
        margin=margin,
        better=before.better,
        unit=before.unit,
        how=gap.how,
        new_seeds=gap.new_seeds,
        advice=_advice(gap, margin, before, now) if verdict == Verdict.INCONCLUSIVE else "",
    )


def _advice(gap: BaselineDifference, margin: float, before: MetricValues, now: MetricValues) -> str:
    too_large = "the noise is too large for this margin"
    if before.by_examples and now.by_examples:  # the baseline keeps those of one seed
        return f"{too_large}: record more examples, or widen the margin"
    room = abs(margin - abs(gap.value))
    # The error shrinks with the new seeds, but not below what the baseline's seeds leave.
    old, new = 1 / len(before.values), 1 / len(now.values)
    target = (old + new) * (room / gap.half_width(LEVEL)) ** 2 - old if gap.error else 0.0
    wanted = max(len(now.values) + 1, math.ceil(1 / target)) if target > 1 / _MANY else math.inf
    if wanted > _MANY:
        return f"{too_large}: more draws, more seeds also in the baseline, or a wider margin"
    return f"not enough to tell: try --seeds {wanted}, or more draws"


def _exactly(name: str, before: MetricValues, now: MetricValues) -> MetricResult:
    result = MetricResult(
        name,
        Verdict.NOT_JUDGED,
        value=now.mean,
        before=before.mean,
        difference=now.mean - before.mean,
        better=before.better,
        unit=before.unit,
        how="shown only",
    )
    if before.compared != "exactly":
        return result
    references = _reference(before, now)
    if references is None:
        return MetricResult(**{**vars(result), "how": "exact, but the baseline has other seeds"})
    known = list(references)
    off = [
        (seed, now.values[seed]) for seed in known if not same_to_rounding(now.values[seed], references[seed])
    ]
    verdict = Verdict.SAME if not off else _direction(off, references, before.better)
    value, was = now.mean_of(known), float(np.mean(list(references.values())))
    how = "exact" if len(known) == len(now.values) else f"exact, at the {len(known)} seeds of the baseline"
    shown = {"value": value, "before": was, "difference": value - was, "verdict": verdict, "how": how}
    return MetricResult(**{**vars(result), **shown})


def _reference(before: MetricValues, now: MetricValues) -> dict[int, float] | None:
    """New seed → what the number must be: the one of all old seeds if they agree, or that seed's if it is known."""
    values: Sequence[float] = list(before.values.values())
    if len(values) >= 2 and all(same_to_rounding(value, values[0]) for value in values):
        return {seed: before.values.get(seed, values[0]) for seed in now.values}
    return {seed: before.values[seed] for seed in now.values if seed in before.values} or None


def _direction(off: list[tuple[int, float]], references: dict[int, float], better: str | None) -> Verdict:
    up = all(value > references[seed] for seed, value in off)
    down = all(value < references[seed] for seed, value in off)
    improved = (better == "higher" and up) or (better == "lower" and down)
    return Verdict.BETTER if improved else Verdict.WORSE
