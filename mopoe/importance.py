"""Importance-sampling estimates of ln p(x) with a mixture of Gaussians as the proposal."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .gaussians import draw, log_density
from .selection import locate, systematic_points


@dataclass(frozen=True)
class MixtureProposal:
    """q(z|x) = Σ_s w_s N(μ_s, σ_s²): ``mus``, ``logvars`` (S, B, D) and ``weights`` (S, B)."""

    mus: Tensor
    logvars: Tensor
    weights: Tensor

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """(n, B, D) draws whose components are stratified over the n draws, with a random offset a sample."""
        points = systematic_points(self.mus.shape[1], n, self.mus.device, generator)
        components = locate(points, self.weights).T
        samples = torch.arange(self.mus.shape[1], device=self.mus.device)
        return draw(self.mus[components, samples], self.logvars[components, samples], generator=generator)

    def log_density(self, z: Tensor) -> Tensor:
        """ln q(z|x) of the whole mixture, (n, B, D) → (n, B)."""
        by_component = log_density(z[:, None], self.mus, self.logvars)
        return torch.logsumexp(by_component + torch.log(self.weights), dim=1)


@dataclass(frozen=True)
class NLLEstimate:
    """−ln p(x) in nats with its uncertainty, each (B,).

    ``standard_error`` is the delta method's: sd(w) / (mean(w) √K) for importance weights w.
    ``effective_sample_size`` is (Σw)² / Σw².
    """

    nll: Tensor
    standard_error: Tensor
    effective_sample_size: Tensor


def importance_log_weights(
    proposal: MixtureProposal,
    private: dict[str, MixtureProposal],
    log_likelihood: Callable[[Tensor, dict[str, Tensor]], Tensor],
    n: int,
    chunk: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""ln p(x, z) − ln q(z|x) of n draws.

    .. math:: \ln p(x|z, w) + \ln p(z) + \sum_m \ln p(w_m) - \ln q(z|x) - \sum_m \ln q(w_m|x_m)

    The denominator is the density of the whole mixture that z was drawn from. The private latent of an
    unobserved modality is drawn from its prior, so its two terms cancel.

    Args:
        proposal: for the shared latent.
        private: one single-component proposal per private latent space.
        log_likelihood: (z, {m: w_m}) → Σ_m ln p(x_m|z, w_m) over what was observed, (chunk, B).
        n: number of draws a sample.
        chunk: number of draws decoded at a time; the result does not depend on it.
        generator: source of the noise.

    Returns:
        (n, B) in float64.
    """
    z = proposal.sample(n, generator)
    styles = {name: q.sample(n, generator) for name, q in private.items()}
    pieces = []
    for start in range(0, n, chunk):
        part = slice(start, start + chunk)
        style = {name: w[part] for name, w in styles.items()}
        ratio = _log_ratio(proposal, z[part])
        for name, w in style.items():
            ratio = ratio + _log_ratio(private[name], w)
        pieces.append((log_likelihood(z[part], style) + ratio).double())
    return torch.cat(pieces)


def estimate_nll(log_weights: Tensor) -> NLLEstimate:
    """−ln (1/K Σ_k w_k) from ln w, (K, B), by log-sum-exp."""
    n = log_weights.shape[0]
    weights = torch.softmax(log_weights, 0)
    ess = 1 / weights.square().sum(0)
    # var(w) / mean(w)² from normalised weights, whose mean is 1 / K.
    relative_variance = (weights * n).var(0) if n > 1 else torch.full_like(ess, math.nan)
    return NLLEstimate(
        nll=math.log(n) - torch.logsumexp(log_weights, 0),
        standard_error=torch.sqrt(relative_variance / n),
        effective_sample_size=ess,
    )


def _log_ratio(proposal: MixtureProposal, z: Tensor) -> Tensor:
    """ln p(z) − ln q(z|x) with a standard normal prior."""
    standard = torch.zeros((), dtype=z.dtype, device=z.device)
    return log_density(z, standard, standard) - proposal.log_density(z)
