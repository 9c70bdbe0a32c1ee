"""Differences and their errors, against formulas worked out by hand, scipy's own tests, and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from workbench.checking.difference import BaselineDifference, difference, same_to_rounding
from workbench.checking.metric_values import MetricValues

SOME = st.lists(st.floats(-100, 100), min_size=3, max_size=20).filter(lambda x: np.std(x) > 1e-3)


def by_seeds(values: list[float], first: int = 0, margin: float = 0.0) -> MetricValues:
    return MetricValues({first + i: v for i, v in enumerate(values)}, {}, None, "within", margin)


def of_examples(values: list[float], data: str = "same", seed: int = 0) -> MetricValues:
    array = np.array(values)
    error = float(array.std(ddof=1) / math.sqrt(len(array)))
    return MetricValues(
        {seed: float(array.mean())},
        {seed: error},
        len(array),
        "within",
        0.0,
        examples={seed: (data, array)},
        by_examples=True,
    )


@given(SOME, SOME)
def test_of_two_groups_of_seeds_it_is_students_test(before: list[float], now: list[float]) -> None:
    gap = difference(by_seeds(before), by_seeds(now, first=100))
    expected = stats.ttest_ind(now, before)
    low, high = expected.confidence_interval(0.95)
    assert gap.dof == expected.df
    assert gap.interval(0.95) == pytest.approx((low, high), rel=1e-6, abs=1e-9)
    one_sided = stats.ttest_ind(now, before, alternative="greater").pvalue
    assert gap.p_above(0) == pytest.approx(one_sided, rel=1e-6, abs=1e-12)


@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(-1, 1)), min_size=3, max_size=30))
def test_of_the_same_examples_it_is_the_paired_test(pairs: list[tuple[float, float]]) -> None:
    before = [a for a, _ in pairs]
    now = [a + d for a, d in pairs]
    gaps = np.subtract(now, before)
    if gaps.std() < 1e-3:
        return
    gap = difference(of_examples(before), of_examples(now))
    expected = stats.ttest_rel(now, before).confidence_interval(0.9)
    assert gap.interval(0.9) == pytest.approx((expected.low, expected.high), rel=1e-6, abs=1e-9)
    assert "paired" in gap.how


@given(SOME, SOME)
def test_of_examples_of_other_data_it_is_welchs_test(before: list[float], now: list[float]) -> None:
    assume(np.mean(before) != np.mean(now))
    for other in (of_examples(now, data="other"), of_examples(now, seed=1)):
        gap = difference(of_examples(before), other)
        expected = stats.ttest_ind(now, before, equal_var=False)
        low, high = expected.confidence_interval(0.95)
        assert gap.interval(0.95) == pytest.approx((low, high), rel=1e-6, abs=1e-9)
        assert gap.dof == pytest.approx(expected.df)


def test_one_new_seed_is_compared_with_the_spread_of_the_old_ones() -> None:
    before = [1.0, 2.0, 3.0, 4.0]
    gap = difference(by_seeds(before), by_seeds([10.0], first=9))
    spread = np.std(before, ddof=1)
    assert (gap.value, gap.dof) == (7.5, 3)
    assert gap.error == pytest.approx(spread * math.sqrt(1 + 1 / 4))


def test_many_new_seeds_bring_their_spread_to_a_baseline_of_one() -> None:
    now = [0.6, -0.5, 0.4, -0.3, 0.5, -0.4]
    gap = difference(by_seeds([0.0], margin=0.01), by_seeds(now, first=9))
    assert (gap.dof, gap.how) == (5, "6 seeds against 1")
    assert gap.error == pytest.approx(np.std(now, ddof=1) * math.sqrt(1 + 1 / 6))


def test_a_very_small_error_has_degrees_of_freedom_too() -> None:
    a, b = (MetricValues({seed: 1.0}, {seed: 1e-90}, 5, "within", 0.1) for seed in (0, 1))
    assert difference(a, b).dof == pytest.approx(8)


def test_the_same_run_on_another_machine_has_no_difference_to_speak_of() -> None:
    before = by_seeds([1.0, 5.0, 9.0], margin=0.5)
    assert difference(before, by_seeds([1.0])) == BaselineDifference(
        0.0, 0.0, math.inf, "the same to the last digit", seeds=(0,)
    )
    near = difference(before, by_seeds([1.004]))
    assert (near.error, near.how) == (0.0, "seed by seed")
    assert near.value == pytest.approx(0.004)
    assert difference(before, by_seeds([1.006])).error > 1  # more than a hundredth of the margin
    assert difference(before, by_seeds([1.0], first=7)).error > 1  # another seed


def test_with_one_seed_each_the_standard_errors_decide() -> None:
    a = MetricValues({0: 1.0}, {0: 0.3}, None, "within", 0.1)
    b = MetricValues({1: 2.0}, {1: 0.4}, None, "within", 0.1)
    gap = difference(a, b)
    assert (gap.value, gap.error, gap.dof) == (1.0, pytest.approx(0.5), math.inf)
    assert gap.interval(0.95)[0] == pytest.approx(1 - 1.959964 * 0.5, rel=1e-5)


def test_without_randomness_a_difference_is_certain() -> None:
    gap = difference(
        MetricValues({0: 1.0}, {}, None, "within", 0.1), MetricValues({1: 1.2}, {}, None, "within", 0.1)
    )
    assert gap.interval(0.999) == (pytest.approx(0.2), pytest.approx(0.2))
    assert (gap.p_above(0.1), gap.p_above(0.3)) == (0.0, 1.0)


@given(st.floats(-1e6, 1e6, allow_subnormal=False))
def test_rounding_is_no_change_and_more_is(value: float) -> None:
    assert same_to_rounding(value, value * (1 + 1e-12))
    if abs(value) > 1e-100:
        assert not same_to_rounding(value, value * (1 + 1e-6))
