"""Verdicts: what they are at known numbers, and how often they are wrong, by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.checking.difference import BaselineDifference
from workbench.checking.judge import FALSE_ALARMS, holm, judge, p_better, p_worse
from workbench.checking.metric_values import MetricValues
from workbench.checking.result import MetricResult, Verdict


def numbers(
    values: list[float],
    first: int = 0,
    margin: float | None = 1.0,
    better: str | None = "lower",
    **more: object,
) -> MetricValues:
    compared = more.pop("compared", "exactly" if margin is None else "within")
    kept = {first + i: float(v) for i, v in enumerate(values)}
    return MetricValues(kept, {}, None, compared, margin, better, **more)  # type: ignore[arg-type]


def verdict(before: MetricValues | None, now: MetricValues | None) -> MetricResult:
    known = {"nb": {} if before is None else {"m": before}}
    found = {"nb": {} if now is None else {"m": now}}
    [result] = judge(known, found)["nb"]
    return result


SPREAD = [-0.1, 0.1, 0.0, 0.05, -0.05, 0.08, -0.08, 0.0]


@pytest.mark.parametrize(
    ("shift", "better", "expected"),
    [
        (0.2, "lower", Verdict.SAME),
        (0.2, None, Verdict.SAME),
        (5, "lower", Verdict.WORSE),
        (5, "higher", Verdict.BETTER),
        (5, None, Verdict.WORSE),
        (-5, "lower", Verdict.BETTER),
        (-5, "higher", Verdict.WORSE),
        (-5, None, Verdict.WORSE),
        (1.0, "lower", Verdict.INCONCLUSIVE),
        (-1.0, None, Verdict.INCONCLUSIVE),
        (1.05, "lower", Verdict.INCONCLUSIVE),  # beyond the margin, but not for certain
    ],
)
def test_verdicts_at_known_shifts(shift: float, better: str | None, expected: Verdict) -> None:
    now = [shift + x for x in SPREAD]
    result = verdict(numbers(SPREAD, better=better), numbers(now, first=50, better=better))
    assert result.verdict == expected
    assert result.difference == pytest.approx(shift)
    assert result.low is not None and result.high is not None
    assert result.low < shift < result.high
    assert bool(result.advice) == (expected == Verdict.INCONCLUSIVE)


def test_missing_new_and_unjudged() -> None:
    assert verdict(numbers([1]), None).verdict == Verdict.MISSING
    assert verdict(None, numbers([1])).verdict == Verdict.NEW
    shown = numbers([1], margin=None, compared="not")
    assert verdict(shown, numbers([99], margin=None, compared="not")).verdict == Verdict.NOT_JUDGED


@pytest.mark.parametrize(
    ("before", "now", "first", "better", "expected"),
    [
        ([2.0], [2.0], 0, None, Verdict.SAME),
        ([2.0], [2.0 + 1e-14], 0, None, Verdict.SAME),
        ([2.0], [2.0001], 0, None, Verdict.WORSE),
        ([2.0], [2.0001], 0, "higher", Verdict.BETTER),
        ([2.0], [2.0001], 0, "lower", Verdict.WORSE),
        ([1.0, 2.0], [2.0], 1, None, Verdict.SAME),  # each seed has its own number
        ([1.0, 2.0], [1.5], 0, None, Verdict.WORSE),  # their mean is none of them
        ([1.0, 1.0], [1.1], 7, None, Verdict.WORSE),  # all seeds agreed: no seed matters
        ([1.0, 2.0], [1.0], 7, None, Verdict.NOT_JUDGED),  # of another seed nothing is known
        ([1.0], [1.5, 9.0], 0, None, Verdict.WORSE),  # of a seed that is known it is
        ([1.0, 2.0], [1.0, 2.0, 9.0], 0, None, Verdict.SAME),
    ],
)
def test_exact_numbers_are_compared_exactly(
    before: list[float], now: list[float], first: int, better: str | None, expected: Verdict
) -> None:
    a = numbers(before, margin=None, better=better)
    assert verdict(a, numbers(now, first=first, margin=None, better=better)).verdict == expected


@pytest.mark.parametrize("margin", [None, 0.5])
def test_what_is_shown_before_and_now_are_the_seeds_that_are_compared(margin: float | None) -> None:
    found = verdict(numbers([1.0, 5.0, 9.0], margin=margin), numbers([1.0], margin=margin))
    assert (found.before, found.value, found.difference) == (1.0, 1.0, 0.0)


def test_no_number_of_seeds_is_advised_where_none_is_enough() -> None:
    # However many new seeds, eight old ones leave an error of 0.35: no margin of 0.5 is resolved.
    old = [1.4, -1.1, 0.3, -0.2, 0.9, -1.3, 0.6, -0.6]
    never = verdict(numbers(old, margin=0.5), numbers([0.1], first=50))
    assert never.verdict == Verdict.INCONCLUSIVE
    assert "--seeds" not in never.advice
    assert "baseline" in never.advice


def test_advice_that_is_followed_mostly_helps() -> None:
    rng = np.random.default_rng(2)
    followed = resolved = 0
    for _ in range(100):
        old, new = rng.normal(0, 1, 8), list(rng.normal(0, 1, 20))
        doubt = verdict(numbers(list(old), margin=2), numbers(new[:1], first=50))
        if "--seeds" in doubt.advice:
            wanted = int(doubt.advice.split("--seeds ")[1].split(",")[0])
            followed += 1
            more = numbers(new[:wanted], first=50)
            resolved += verdict(numbers(list(old), margin=2), more).verdict != Verdict.INCONCLUSIVE
    assert followed > 30
    assert resolved / followed > 0.7


def test_more_seeds_are_not_advised_where_examples_are_compared() -> None:
    def of(values: list[float]) -> MetricValues:
        more = {"by_examples": True, "examples": {0: ("data", np.array(values))}}
        return numbers([float(np.mean(values))], margin=0.5, **more)

    found = verdict(of([0.0, 0.0, 0.0, 0.0]), of([2.0, -1.0, 1.0, -1.0]))
    assert found.verdict == Verdict.INCONCLUSIVE
    assert "more examples" in found.advice
    assert "--seeds" not in found.advice


def test_the_baselines_margin_holds_not_the_new_one() -> None:
    now = [5 + x for x in SPREAD]
    assert verdict(numbers(SPREAD, margin=1), numbers(now, 50, margin=100)).verdict == Verdict.WORSE
    loosened = numbers(now, 50, margin=None, compared="not")
    assert verdict(numbers(SPREAD, margin=1), loosened).verdict == Verdict.WORSE


def test_a_notebook_without_baseline_has_new_metrics_only() -> None:
    found = judge({}, {"nb": {"a": numbers([1]), "b": numbers([1])}})
    assert [result.verdict for result in found["nb"]] == [Verdict.NEW] * 2


@given(st.dictionaries(st.integers(), st.floats(0, 1), max_size=12))
def test_holm_is_the_step_down_procedure(p: dict[int, float]) -> None:
    corrected = holm(p)
    for alpha in (0.001, 0.05, 0.3):
        # As Holm 1979 words it: go on rejecting while the k-th smallest is at most α / (m − k + 1).
        rejected = set()
        for k, (key, value) in enumerate(sorted(p.items(), key=lambda item: item[1])):
            if value > alpha / (len(p) - k):
                break
            rejected.add(key)
        near = any(math.isclose(value, alpha, rel_tol=1e-9) for value in corrected.values())
        assert near or {key for key, value in corrected.items() if value <= alpha} == rejected


@given(st.floats(-5, 5), st.floats(0.01, 2), st.floats(0, 3))
def test_both_sides_are_bad_where_no_direction_is_better(value: float, error: float, margin: float) -> None:
    gap = BaselineDifference(value, error, 9, "")
    sides = [p_worse(gap, margin, better) for better in ("lower", "higher")]
    assert p_worse(gap, margin, None) == min(1, 2 * min(sides))
    assert p_better(gap, margin, "lower") == p_worse(gap, margin, "higher")
    assert p_better(gap, margin, None) == 1


@pytest.mark.slow
def test_nothing_is_called_worse_more_often_than_promised() -> None:
    # 15 metrics at the very edge of their margins, the hardest case of "no worse".
    rng = np.random.default_rng(0)
    alarms, checks, metrics = 0, 1_000, 15
    for _ in range(checks):
        before, now = {}, {}
        for m in range(metrics):
            before[str(m)] = numbers(list(rng.normal(0, 1, 8)))
            now[str(m)] = numbers(list(rng.normal(1, 1, 2)), first=50)
        found = judge({"nb": before}, {"nb": now})["nb"]
        alarms += any(result.verdict == Verdict.WORSE for result in found)
    # Binomial(1000, 0.001) exceeds 6 once in 10,000.
    assert alarms <= 6, f"{alarms} of {checks} checks gave a false alarm, promised are {FALSE_ALARMS:.1%}"


def test_what_is_the_same_is_called_the_same_and_what_is_worse_worse() -> None:
    rng = np.random.default_rng(1)
    for shift, expected in ((0.0, Verdict.SAME), (12.0, Verdict.WORSE)):
        found = [
            verdict(
                numbers(list(rng.normal(0, 1, 8)), margin=3),
                numbers(list(rng.normal(shift, 1, 4)), 50, margin=3),
            )
            for _ in range(300)
        ]
        share = sum(result.verdict == expected for result in found) / len(found)
        assert share > 0.9
