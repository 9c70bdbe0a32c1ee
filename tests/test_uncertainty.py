"""Errors of means and Student's intervals, against numpy's and scipy's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import sem, t

from mopoe import Summary
from workbench.uncertainty import diagnosis_over_seeds, standard_error, student_interval, student_reach


def test_the_error_of_a_mean_is_that_of_scipy_along_either_axis() -> None:
    values = np.random.default_rng(0).normal(size=(5, 7))
    for axis in (0, 1):
        np.testing.assert_allclose(standard_error(values, axis), sem(values, axis), rtol=1e-14)
    assert float(standard_error(values[0])) == pytest.approx(sem(values[0]))
    of_tensor = Summary.mean_of(torch.from_numpy(values[0]))
    assert float(standard_error(values[0])) == pytest.approx(of_tensor.standard_error)


def test_a_single_value_has_no_error_and_says_so_without_a_warning() -> None:
    assert math.isnan(standard_error(np.array([2])))
    assert np.isnan(standard_error(np.ones((3, 1)), axis=1)).tolist() == [True] * 3


@pytest.mark.parametrize(("n", "level"), [(2, 0.68), (3, 0.95), (200, 0.999)])
def test_intervals_are_students(n: int, level: float) -> None:
    found = Summary(1.5, 0.3, n=n, unit="")
    assert student_interval(found, level) == pytest.approx(t.interval(level, n - 1, 1.5, 0.3), rel=1e-12)
    assert student_reach(found, level) == pytest.approx(t.interval(level, n - 1, 0, 0.3)[1], rel=1e-12)


def test_one_value_has_no_interval() -> None:
    one = Summary.mean_of(torch.tensor([2.0]))
    assert one.value == 2.0 and math.isnan(one.standard_error)
    assert student_interval(one, 0.95) == (-math.inf, math.inf)
    assert math.isnan(student_reach(one, 0.95))


@pytest.mark.parametrize(
    ("diagnoses", "words"),
    [([], ""), (["", ""], ""), (["no"], "no"), (["", "no", "nor this"], "in 2 of 3 seeds no")],
)
def test_the_first_seed_in_doubt_speaks_for_all(diagnoses: list[str], words: str) -> None:
    assert diagnosis_over_seeds(diagnoses) == words


def test_a_level_is_a_probability() -> None:
    for ends in (student_interval, student_reach):
        with pytest.raises(ValueError, match="level: expected 0 < level < 1, got 95"):
            ends(Summary(1.0, 0.1, n=3), 95)
