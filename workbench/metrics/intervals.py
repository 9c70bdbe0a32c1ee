"""A mean with its confidence interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.stats import t as student
from torch import Tensor


@dataclass(frozen=True)
class Interval:
    """A mean with its standard error and confidence interval, in nats."""

    mean: float
    standard_error: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: Tensor, level: float) -> Interval:
        """Student's interval of the mean of independent ``values``, (n,); infinite for one value."""
        n, mean = len(values), float(values.mean())
        if n == 1:
            return cls(mean, math.nan, -math.inf, math.inf, 1)
        error = float(values.std()) / math.sqrt(n)
        reach = error * float(student.ppf(0.5 + level / 2, n - 1))
        return cls(mean, error, mean - reach, mean + reach, n)
