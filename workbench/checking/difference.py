"""How far a metric is from its baseline, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import t as student

from ..uncertainty import standard_error
from .metric_values import MetricValues

# Of the margin. That noise hides a difference larger than the margin so well has a chance of about as much.
_NEGLIGIBLE = 0.01
_ROUNDING = 1e-9  # relative: double precision, summed in another order


@dataclass(frozen=True)
class BaselineDifference:
    """An estimated difference, now − before.

    Args:
        value: the estimate.
        error: its standard error; 0 where nothing is random.
        dof: degrees of freedom of that error.
        how: what it is over, in words.
        seeds: that both have, where only these are compared; empty where all are.
        new_seeds: how many now, where the error is a spread over seeds; else 0.
    """

    value: float
    error: float
    dof: float
    how: str
    seeds: tuple[int, ...] = ()
    new_seeds: int = 0

    def interval(self, level: float) -> tuple[float, float]:
        """The two-sided interval of confidence by Student's t."""
        half = self.half_width(level)
        return self.value - half, self.value + half

    def half_width(self, level: float) -> float:
        """Half the width of that interval."""
        return float(student.ppf((1 + level) / 2, self.dof)) * self.error if self.error else 0.0

    def p_above(self, threshold: float) -> float:
        """Probability of an estimate at least so high, were the true difference ``threshold``."""
        if not self.error:
            return 0.0 if self.value > threshold else 1.0
        return float(student.sf((self.value - threshold) / self.error, self.dof))

    def negated(self) -> BaselineDifference:
        """The difference before − now."""
        return replace(self, value=-self.value)


def same_to_rounding(a: float, b: float) -> bool:
    """Whether two numbers without randomness are the same number."""
    return math.isclose(a, b, rel_tol=_ROUNDING, abs_tol=1e-300)


def difference(before: MetricValues, now: MetricValues) -> BaselineDifference:
    """By what the two have in common, the first that applies:

    1. the same values at the same seeds, but for a hundredth of the margin: the same run, on another machine;
    2. examples of the same data at the same seed: paired, example by example;
    3. other examples: two samples, by their standard errors (Welch);
    4. two seeds or more on one side: two samples of seeds, with one spread (Student);
    5. else two values with their standard errors.
    """
    common = [seed for seed in now.values if seed in before.values]
    if common == list(now.values):
        gaps = np.subtract(now.at(common), before.at(common))
        if abs(gaps).max() <= _NEGLIGIBLE * (before.margin or 0):
            same = "the same to the last digit" if not gaps.any() else "seed by seed"
            return BaselineDifference(float(gaps.mean()), 0.0, math.inf, same, tuple(common))
    if before.by_examples and now.by_examples:
        return _paired(before, now, common) or _by_errors(before, now, f"{now.n} examples")
    if len(before.values) >= 2 or len(now.values) >= 2:
        return _by_seeds(list(before.values.values()), list(now.values.values()))
    return _by_errors(before, now, "standard errors" if now.errors else "one value each")


def _paired(before: MetricValues, now: MetricValues, seeds: list[int]) -> BaselineDifference | None:
    both = [seed for seed in seeds if seed in before.examples and seed in now.examples]
    pairs = [(before.examples[seed], now.examples[seed]) for seed in both]
    if not pairs or any(a[0] != b[0] or a[1].shape != b[1].shape for a, b in pairs):
        return None
    gaps = np.concatenate([b[1] - a[1] for a, b in pairs])
    error = float(standard_error(gaps))
    return BaselineDifference(
        float(gaps.mean()), error, len(gaps) - 1, f"{len(gaps)} examples, paired", tuple(both)
    )


def _by_seeds(before: list[float], now: list[float]) -> BaselineDifference:
    # Also the one value of one seed is compared with the spread of the other side's.
    dof = len(before) + len(now) - 2
    squares = np.var(before) * len(before) + np.var(now) * len(now)
    error = math.sqrt(squares / dof * (1 / len(before) + 1 / len(now)))
    seeds = f"{len(now)} seed{'s' * (len(now) > 1)} against {len(before)}"
    gap = float(np.mean(now) - np.mean(before))
    return BaselineDifference(gap, error, dof, seeds, new_seeds=len(now))


def _by_errors(before: MetricValues, now: MetricValues, how: str) -> BaselineDifference:
    a, b = (_error_of_mean(numbers) for numbers in (before, now))
    error = math.hypot(a, b)
    dof = math.inf
    if error and before.n and now.n and min(before.n, now.n) >= 2:
        # Welch and Satterthwaite, in shares: the fourth power of a small error is zero.
        dof = 1 / ((a / error) ** 4 / (before.n - 1) + (b / error) ** 4 / (now.n - 1))
    return BaselineDifference(now.mean - before.mean, error, dof, how)


def _error_of_mean(numbers: MetricValues) -> float:
    errors = list(numbers.errors.values())
    return math.sqrt(sum(error**2 for error in errors)) / len(errors) if errors else 0.0
