"""Ratios of gamma functions, exact where their logarithms are large and nearly alike."""

from __future__ import annotations

from torch import Tensor

_SHIFT = 8  # steps up, from where Stirling's series is exact to 1e-12


def log_rising_power(x: Tensor, k: Tensor) -> Tensor:
    r"""ln Γ(x + k) − ln Γ(x) − k ln x, which is 0 for k = 0 and goes to 0 for large x.

    .. math:: (y + k - \tfrac12)\ln(1 + k/y) - k + s(y + k) - s(y) + k\ln(y/x) - \ln\frac{(x + k)_8}{(x)_8},
              \quad y = x + 8,

    by Stirling's series s, where :math:`(x)_8 = x(x + 1) \dots (x + 7) = \Gamma(x + 8)/\Gamma(x)`. Neither lgamma nor
    digamma is called, which take most of the time otherwise. Source: Abramowitz and Stegun 1964, 6.1.15 and 6.1.41.

    Args:
        x: positive, up to 1e30, of double precision.
        k: at least 0, up to 1e30; broadcasts with ``x``.
    """
    y = x + _SHIFT
    series = (y + k - 0.5) * (k / y).log1p() - k + _stirling(y + k) - _stirling(y)
    return series + k * (_SHIFT / x).log1p() - (_eight_factors(x + k) / _eight_factors(x)).log()


def _stirling(x: Tensor) -> Tensor:
    """What Stirling's formula for ln Γ lacks."""
    inverse = 1 / x
    square = inverse.square()
    terms = 1 / 1260 - square * (1 / 1680 - square / 1188)
    return inverse * (1 / 12 - square * (1 / 360 - square * terms))


def _eight_factors(x: Tensor) -> Tensor:
    """x (x + 1) … (x + 7), its factors in pairs from both ends."""
    ends = x * (x + 7)
    return ends * (ends + 6) * (ends + 10) * (ends + 12)
