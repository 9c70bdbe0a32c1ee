"""Ratios of gamma functions, exact where their logarithms are large and nearly alike."""

from __future__ import annotations

import torch
from torch import Tensor

# From here on Stirling's series to 1/x⁷ is exact to 1e-12.
_LARGE = 10.0


def log_rising_power(x: Tensor, k: Tensor) -> Tensor:
    r"""ln Γ(x + k) − ln Γ(x) − k ln x, which is 0 for k = 0 and goes to 0 for large x.

    .. math:: (x + k - \tfrac12)\ln(1 + k/x) - k + s(x + k) - s(x), \quad
              s(x) = \frac{1}{12x} - \frac{1}{360x^3} + \frac{1}{1260x^5} - \frac{1}{1680x^7}

    for x ≥ 10, by Stirling's series. Source: Abramowitz and Stegun 1964, 6.1.41.

    Args:
        x: positive, of double precision.
        k: at least 0, broadcasts with ``x``.
    """
    small, large = x.clamp(max=_LARGE), x.clamp(min=_LARGE)
    direct = torch.lgamma(small + k) - torch.lgamma(small) - k * small.log()
    series = (large + k - 0.5) * (k / large).log1p() - k + _stirling(large + k) - _stirling(large)
    return direct.where(x < _LARGE, series)


def _stirling(x: Tensor) -> Tensor:
    """What Stirling's formula for ln Γ lacks."""
    inverse = 1 / x
    square = inverse.square()
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
