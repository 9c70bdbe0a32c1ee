"""Errors of means and their intervals, for whoever must not import torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mopoe import Summary


def standard_error(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """sd / √n of the mean of independent ``values`` along ``axis``, which goes; NaN for a single value.

    Of tensors, :meth:`mopoe.Summary.mean_of` tells the mean and its error at once.
    """
    n = values.shape[axis]
    if n < 2:
        return np.full_like(values.mean(axis), np.nan, dtype=float)
    return np.asarray(values.std(axis, ddof=1) / n**0.5)


def diagnosis_over_seeds(diagnoses: Sequence[str]) -> str:
    """Why a mean over seeds must not be believed: what the first one in doubt says, and how many are; or empty.

    Args:
        diagnoses: one a seed, empty where nothing speaks against it.
    """
    said = [words for words in diagnoses if words]
    if not said or len(diagnoses) == 1:
        return "".join(said)
    return f"in {len(said)} of {len(diagnoses)} seeds {said[0]}"


def student_interval(summary: Summary, level: float = 0.95) -> tuple[float, float]:
    """Student's interval of the mean of ``summary.n`` independent values; infinite for one value.

    Raises:
        ValueError: ``level`` is not between 0 and 1.
    """
    reach = student_reach(summary, level)
    if math.isnan(reach):
        return -math.inf, math.inf
    return summary.value - reach, summary.value + reach


def student_reach(summary: Summary, level: float = 0.95) -> float:
    """Half the length of :func:`student_interval`; NaN for one value, where it is not known.

    Raises:
        ValueError: ``level`` is not between 0 and 1.
    """
    from scipy.special import stdtrit  # not at the top: notebooks import this file before anything else

    if not 0 < level < 1:
        raise ValueError(f"level: expected 0 < level < 1, got {level!r}")
    if summary.n < 2:
        return math.nan
    return summary.standard_error * float(stdtrit(summary.n - 1, 0.5 + level / 2))
