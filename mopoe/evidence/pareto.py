"""The tail of importance weights, judged by ArviZ: an optional extra."""

from __future__ import annotations

import math
import warnings
from typing import Any

from torch import Tensor

LEAST_DRAWS = 25  # ArviZ takes a fifth of few draws as the tail, and fits no tail of less than five


def has_arviz() -> bool:
    """Whether ArviZ's statistics are installed."""
    try:
        import arviz_stats  # noqa: F401
    except ModuleNotFoundError:
        return False
    return True


def pareto_k(log_weights: Tensor) -> Tensor:
    """Pareto k̂ of each sample's weights, ln w (K, B) → (B,).

    Below 0.5 the weights have a finite variance and standard errors can be believed; above 0.7 the estimate
    itself cannot (Vehtari, Simpson, Gelman, Yao and Gabry 2024, *Pareto smoothed importance sampling*, JMLR).
    Minus infinity where all weights of the tail are equal; NaN with fewer than 25 draws.

    Raises:
        ModuleNotFoundError: ArviZ is not installed; the message says what to install.
    """
    try:
        from arviz_stats.base.array import array_stats
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "pareto_k needs ArviZ's statistics; to install them: pip install 'mopoe-workbench[diagnostics]'"
        ) from error

    if len(log_weights) < LEAST_DRAWS:
        return log_weights.new_full(log_weights.shape[1:], math.nan)
    # ArviZ takes log-likelihoods left out, the negative logarithms of the weights.
    columns = -log_weights.detach().cpu().double().T.contiguous().numpy()
    return log_weights.new_tensor([_tail_index(column, array_stats) for column in columns])


def _tail_index(column: Any, array_stats: Any) -> float:
    try:
        with warnings.catch_warnings():
            # Of a tail whose smallest weights are all the same it divides by zero, and k̂ is then NaN or a limit.
            warnings.simplefilter("ignore", RuntimeWarning)
            return float(array_stats.psislw(column)[1])
    except ValueError:
        largest = sorted(column)[:5]  # negative logarithms, so the first are of the largest weights
        if largest[0] != largest[-1]:
            raise
        return -math.inf  # all weights of the tail are the same: ArviZ has nothing to fit
