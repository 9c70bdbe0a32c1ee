"""Likelihoods by logits: of bits, and of numbers between 0 and 1."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .base import Likelihood

# Taylor coefficients, about l = 0, of A(l) − l/2 in l², l⁴, … and of A'(l) − 1/2 in l, l³, …
_LOG_NORMALISER = (1 / 24, -1 / 2880, 1 / 181440)
_MEAN = (1 / 12, -1 / 720, 1 / 30240)
#: Below it they are exact to 1e-15, and above it so are differences of 1/l and 1/(1 − exp(−l)).
_SMALL = 0.05


class BernoulliLikelihood(Likelihood):
    """Bernoulli with ``recon`` as logits; targets are 0 or 1."""

    word = "bernoulli"
    accepts_integers = True
    zero_in_support = True

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        # ln σ(±logit), at half the time of logsigmoid. Beyond 40 softplus is its argument to all digits of a double.
        return -F.softplus(recon * (1 - 2 * target.to(recon.dtype)), threshold=40)

    def mean(self, recon: Tensor) -> Tensor:
        return torch.sigmoid(recon)

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return torch.bernoulli(torch.sigmoid(recon), generator=generator)

    def check(self, target: Tensor) -> None:
        outside = (target != 0) & (target != 1)
        if bool(outside.any()):
            raise ValueError(
                f"expected targets 0 or 1 for a bernoulli likelihood, got {float(target[outside][0]):.4g}; "
                "binarise the data, or choose 'continuous_bernoulli' for numbers from 0 to 1, 'normal' or "
                "'laplace' for others"
            )


class ContinuousBernoulliLikelihood(Likelihood):
    r"""Continuous Bernoulli with ``recon`` as logits l; targets are in [0, 1].

    .. math:: \ln p(x) = l x - A(l), \quad A(l) = \ln\frac{e^l - 1}{l},
              \quad E[x] = A'(l) = \frac{1}{1 - e^{-l}} - \frac1l

    Source: Loaiza-Ganem and Cunningham 2019, *The continuous Bernoulli*, section 3, with
    :math:`\lambda = 1/(1 + e^{-l})`.
    """

    word = "continuous_bernoulli"
    zero_in_support = True

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        # With l x − A(l) = l (x − ½) − (A(l) − l/2) the second part is even, and small near l = 0.
        return recon * (target - 0.5) - _even_log_normaliser(recon)

    def mean(self, recon: Tensor) -> Tensor:
        size = recon.abs().clamp(min=_SMALL)
        large = (1 / -torch.expm1(-size) - 1 / size - 0.5) * recon.sign()
        near = recon.clamp(-_SMALL, _SMALL)
        return 0.5 + _where_small(recon, near * _polynomial(_MEAN, near.square()), large)

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        # The inverse of the distribution function for −|l|, mirrored where l > 0.
        uniform = torch.empty_like(recon).uniform_(generator=generator)
        rate = -recon.abs()
        drawn = torch.log1p(uniform * torch.expm1(rate)) / rate
        drawn = torch.where(rate == 0, uniform, drawn).clamp(0, 1)
        return torch.where(recon > 0, 1 - drawn, drawn)

    def check(self, target: Tensor) -> None:
        outside = ~((target >= 0) & (target <= 1))
        if bool(outside.any()):
            raise ValueError(
                "expected targets between 0 and 1 for a continuous_bernoulli likelihood, got "
                f"{float(target[outside][0]):.4g}; rescale the data or choose 'normal' or 'laplace'"
            )


def _even_log_normaliser(logits: Tensor) -> Tensor:
    """A(l) − l/2, an even function; its gradients too are precise everywhere."""
    size = logits.abs().clamp(min=_SMALL)
    large = 0.5 * size + (-torch.expm1(-size)).log() - size.log()
    square = logits.clamp(-_SMALL, _SMALL).square()
    return _where_small(logits, square * _polynomial(_LOG_NORMALISER, square), large)


def _where_small(logits: Tensor, small: Tensor, large: Tensor) -> Tensor:
    """``small`` near l = 0, ``large`` elsewhere; both must be finite."""
    # As where() would say, without its branch for each entry: a fifth of the time.
    return torch.lerp(large, small, (logits.abs() < _SMALL).to(logits.dtype))


def _polynomial(coefficients: tuple[float, ...], x: Tensor) -> Tensor:
    value = x * coefficients[-1]
    for coefficient in coefficients[-2:0:-1]:
        value = (value + coefficient) * x
    return value + coefficients[0]
