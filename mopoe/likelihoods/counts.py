"""Likelihoods of counts: Poisson, negative binomial, and the latter with additional zeros."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..fusion.transforms import being_transformed
from .base import Likelihood
from .gamma_functions import log_rising_power
from .parameters import PositiveParameter
from .whole_numbers import check_whole

#: Greatest ln of a rate, and of an inverse dispersion: e³⁰ is 10¹³. What a decoder says beyond it counts as this, and
#: has no gradient.
CEILING = 30.0


class PoissonLikelihood(Likelihood):
    r"""Poisson with ``recon`` as the ln of its rate, up to ``CEILING``; targets are whole numbers of at least 0.

    .. math:: \ln p(k) = k \ln\mu - \mu - \ln k!

    With a size factor s of the sample, such as its library size, μ is s times what the decoder says. Densities are
    computed in double precision, as differences of large numbers, and rounded to the decoder's. Encoders that have a
    name see ln(1 + k), not divided by the size.
    """

    word = "poisson"
    accepts_integers = True
    zero_in_support = True
    takes_size = True

    def rate(self, recon: Tensor) -> Tensor:
        r"""μ, (\*, B, \*dims)."""
        return self.log_rate(recon).exp()

    def log_rate(self, recon: Tensor) -> Tensor:
        r"""ln μ up to ``CEILING``, (\*, B, \*dims)."""
        return recon.clamp(max=CEILING)

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        k, log_rate = target.double(), self.log_rate(recon.double())
        return _joined(k, log_rate, log_rate.exp(), -torch.lgamma(k + 1)).to(recon.dtype)

    def mean(self, recon: Tensor) -> Tensor:
        return self.rate(recon)

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return torch.poisson(self.rate(recon), generator=generator)

    def check(self, target: Tensor) -> None:
        check_whole(target, f"counts for {self.word}")

    def features(self, data: Tensor) -> Tensor:
        """ln(1 + k)."""
        return data.log1p()

    def with_size(self, recon: Tensor, size_factor: Tensor) -> Tensor:
        return recon + size_factor.log()

    def start(self, data: Tensor, entries: Tensor | None = None, size_factor: Tensor | None = None) -> Tensor:
        """ln of what was counted of each entry over all that was looked at, half a count more: no entry has none."""
        sizes = data.new_ones(len(data)) if size_factor is None else size_factor
        looked = sizes.double().reshape(-1, *[1] * (data.ndim - 1)).expand(data.shape)
        seen = torch.ones_like(data, dtype=torch.bool) if entries is None else entries
        counted, looked = data.double().where(seen, 0).sum(0), looked.where(seen, 0).sum(0)
        log_rate = ((counted + 0.5) / looked).log().where(looked > 0, 0).to(torch.get_default_dtype())
        by_entry = self.recon_dims(log_rate.shape)
        return F.pad(log_rate[..., None], (0, math.prod(by_entry) // log_rate.numel() - 1)).reshape(by_entry)


class NegativeBinomialLikelihood(PoissonLikelihood):
    r"""Negative binomial by its mean μ and inverse dispersion θ: variance μ + μ²/θ.

    .. math:: \ln p(k) = \ln\frac{\Gamma(k + \theta)}{\Gamma(\theta)\,k!}
              + \theta\ln\frac{\theta}{\theta + \mu} + k\ln\frac{\mu}{\theta + \mu}

    ``recon`` is ln μ up to ``CEILING``; where θ is predicted, the last of the decoder's numbers for an entry says it.
    Source: Lopez et al. 2018, *Deep generative modeling for single-cell transcriptomics*, as in scvi-tools.

    Args:
        inverse_dispersion: θ: a number, a tensor that broadcasts to one sample, ``"learned"`` (one for the modality),
            ``"learned_per_entry"`` or ``"predicted"`` (by the decoder). The larger, the nearer to Poisson.
        floor: bound of a θ that is learned or predicted.
        dims: shape of one sample, where it is known.
    """

    word = "negative_binomial"

    #: How many numbers the decoder says of an entry, besides θ.
    n_numbers = 1

    def __init__(
        self,
        inverse_dispersion: Any = "learned",
        floor: float | None = None,
        dims: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        self.inverse_dispersion = PositiveParameter(inverse_dispersion, "inverse_dispersion", dims, floor)

    def __str__(self) -> str:
        return f"{self.word}, {self.inverse_dispersion}"

    @property
    def _by_entry(self) -> int:
        return self.n_numbers + self.inverse_dispersion.predicted

    def recon_dims(self, dims: Sequence[int]) -> tuple[int, ...]:
        return (*dims, self._by_entry) if self._by_entry > 1 else tuple(dims)

    def log_rate(self, recon: Tensor) -> Tensor:
        return super().log_rate(recon[..., 0] if self._by_entry > 1 else recon)

    def theta(self, recon: Tensor) -> Tensor:
        r"""θ, in a shape that broadcasts to (\*, B, \*dims)."""
        raw = recon[..., -1].clamp(max=CEILING) if self.inverse_dispersion.predicted else None
        theta = self.inverse_dispersion(raw)
        return theta.to(recon.dtype) if isinstance(theta, Tensor) else recon.new_full((), theta)

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return self._log_negative_binomial(recon.double(), target.double()).to(recon.dtype)

    def _log_negative_binomial(self, recon: Tensor, k: Tensor) -> Tensor:
        # About the Poisson limit: every term stays of the size of k and μ, however large θ is.
        log_rate, theta = self.log_rate(recon), self.theta(recon)
        rate = log_rate.exp()
        if _may_overwrite(rate, theta, k):
            spent = rate.div_(theta).log1p_().mul_(theta + k)
        else:
            spent = (theta + k) * (rate / theta).log1p()
        return _joined(k, log_rate, spent, log_rising_power(theta, k) - torch.lgamma(k + 1))

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        # A Poisson whose rate is a gamma variable of shape θ and mean μ.
        rate, theta = self.rate(recon).double(), self.theta(recon).double()
        gamma = torch._standard_gamma(theta.expand(rate.shape).contiguous(), generator=generator)
        return torch.poisson(rate * (gamma / theta), generator=generator).to(recon.dtype)

    def with_size(self, recon: Tensor, size_factor: Tensor) -> Tensor:
        if self._by_entry == 1:
            return super().with_size(recon, size_factor)
        return torch.cat([recon[..., :1] + size_factor.log(), recon[..., 1:]], -1)


class ZeroInflatedNegativeBinomialLikelihood(NegativeBinomialLikelihood):
    r"""Negative binomial with additional zeros: with probability π the count was lost, and 0 stands in its place.

    .. math:: p(k) = \pi\,[k = 0] + (1 - \pi)\,\mathrm{NB}(k; \mu, \theta)

    ``recon`` is (ln μ, logit of π) for each entry, (\*dims, 2); where θ is predicted, (ln μ, logit of π, θ). A size
    factor multiplies μ alone. Its mean is (1 − π) μ. Source and arguments are those of the negative binomial.
    """

    word = "zero_inflated_negative_binomial"
    n_numbers = 2

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        k, lost = target.double(), recon[..., 1].double()
        counted = F.logsigmoid(-lost) + self._log_negative_binomial(recon.double(), k)
        return torch.logaddexp(F.logsigmoid(lost), counted).where(k == 0, counted).to(recon.dtype)

    def mean(self, recon: Tensor) -> Tensor:
        return torch.sigmoid(-recon[..., 1]) * self.rate(recon)

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        kept = torch.bernoulli(torch.sigmoid(-recon[..., 1]), generator=generator)
        return kept * super().sample(recon, generator)


def _joined(k: Tensor, log_rate: Tensor, spent: Tensor, constant: Tensor) -> Tensor:
    """k · log_rate − spent + constant; without a graph in the place of ``log_rate``, a third of the time."""
    if _may_overwrite(log_rate, k, spent, constant):
        return log_rate.mul_(k).sub_(spent).add_(constant)
    return k * log_rate - spent + constant


def _may_overwrite(tensor: Tensor, *others: Tensor) -> bool:
    """Whether what is made of them all may stand in the place of ``tensor``."""
    if torch.is_grad_enabled() or being_transformed():
        return False
    return torch.broadcast_shapes(tensor.shape, *(other.shape for other in others)) == tensor.shape
