"""A proposal fitted to each sample: variational inference with the decoders held fixed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from ..checks import first_indices
from .proposals import Latents, Proposal, log_prior

# On real images 300 steps give what 600 give, to 0.01 nats, for encoders that were 60 to 190 nats off.
STEPS, LEARNING_RATE, DRAWS = 300, 0.05, 4
JUDGING_DRAWS = 64

LogLikelihood = Callable[[Tensor, Mapping[str, Tensor]], Mapping[str, Tensor]]


@dataclass(frozen=True)
class RefinedProposal(Proposal):
    """One Gaussian with full covariance over z and all w_m together.

    Attributes:
        mu: (B, E), E = D + Σ_m D_m.
        root: (B, E, E), lower triangular L with covariance L Lᵀ and a positive diagonal.
        latent_dim: D.
        sizes: modality → D_m, in the order in which they lie in E.
    """

    mu: Tensor
    root: Tensor
    latent_dim: int
    sizes: Mapping[str, int]

    def draws(self, n: int, chunk: int, generator: torch.Generator) -> Iterator[Latents]:
        """See :class:`Proposal`."""
        shape = (n, *self.mu.shape)
        noise = torch.randn(shape, dtype=self.mu.dtype, device=self.mu.device, generator=generator)
        for part in noise.split(chunk):
            yield self.at(part)

    def divergence(self) -> Tensor:
        """See :class:`Proposal`: ½ (tr L Lᵀ + μᵀμ − E) − ln |L|."""
        squares = self.root.square().sum((-2, -1)) + self.mu.square().sum(-1) - self.mu.shape[-1]
        return (0.5 * squares - self.root.diagonal(dim1=-2, dim2=-1).log().sum(-1)).double()

    def at(self, noise: Tensor) -> Latents:
        """The draws μ + L ε of this noise, (n, B, E).

        Their density is that of the noise over \\|L\\|: no system is solved, so that it is right for any L.
        """
        latents = self.place(noise)
        log_det = self.root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        return self._split(latents, log_prior(latents) - log_prior(noise) + log_det)

    def place(self, noise: Tensor) -> Tensor:
        """μ + L ε."""
        return self.mu + torch.einsum("bij,nbj->nbi", self.root, noise)

    def at_fixed_density(self, noise: Tensor) -> Latents:
        """The same, where gradients go through the draws and not through the density's own parameters."""
        latents = self.place(noise)
        density = MultivariateNormal(self.mu.detach(), scale_tril=self.root.detach(), validate_args=False)
        return self._split(latents, log_prior(latents) - density.log_prob(latents))

    def _split(self, latents: Tensor, log_ratio: Tensor) -> Latents:
        z, *private = latents.split([self.latent_dim, *self.sizes.values()], -1)
        return Latents(z, dict(zip(self.sizes, private, strict=True)), log_ratio)


def refine(
    starts: Sequence[tuple[Tensor, Tensor]],
    sizes: Mapping[str, int],
    log_likelihood: LogLikelihood,
    generator: torch.Generator,
    first: int = 0,
) -> RefinedProposal:
    r"""The Gaussian that maximises each sample's own ELBO, widened a little.

    .. math:: \max_{\mu, L} E_{N(\mu, L L^T)}\big[\textstyle\sum_m \ln p(x_m|z, w_m)\big] - KL(N(\mu, L L^T) \| p)

    by Adam, with antithetic draws and the gradient through the draws alone, whose noise is gone at a Gaussian
    optimum (Roeder, Wu and Duvenaud 2017, *Sticking the Landing*, NeurIPS). An encoder must serve all samples at
    once, and its error, the amortisation gap, makes poor proposals. Whatever comes out here, weights are taken
    by its own density. Of all starts and fits each sample keeps the one with the highest ELBO.

    Source: Cremer, Li and Duvenaud 2018, *Inference Suboptimality in Variational Autoencoders*, ICML.

    Args:
        starts: where to start, each a mean and ln σ², (B, E): z and the private latents side by side.
        sizes: modality → size of its private latent, in order.
        log_likelihood: (z, {m: w_m}) → {m: ln p(x_m|z, w_m)}, each (n, B).
        generator: source of the noise.
        first: number of the first sample, for messages.

    Raises:
        ValueError: the first gradient is not finite; the message names the samples.
    """
    candidates = []
    for mu, logvar in starts:
        root = torch.diag_embed(torch.exp(0.5 * logvar))
        start = RefinedProposal(mu, root, mu.shape[-1] - sum(sizes.values()), sizes)
        candidates += [start, _fit(start, log_likelihood, generator, first)]
    noise = _antithetic(JUDGING_DRAWS, candidates[0].mu, generator)
    elbos = torch.stack([_log_weights(q.at(noise), log_likelihood).mean(0) for q in candidates])
    best = elbos.nan_to_num(nan=-math.inf).argmax(0)
    return _widened(
        replace(
            candidates[0],
            mu=_picked(torch.stack([q.mu for q in candidates]), best),
            root=_picked(torch.stack([q.root for q in candidates]), best),
        )
    )


def _fit(
    start: RefinedProposal, log_likelihood: LogLikelihood, generator: torch.Generator, first: int
) -> RefinedProposal:
    """The Gaussian that Adam finds from ``start``, whose root is diagonal."""
    size = start.mu.shape[-1]
    log_diagonal = start.root.diagonal(dim1=-2, dim2=-1).log()
    below = torch.zeros_like(start.root)
    mean, log_scale, lower = (x.clone().requires_grad_() for x in (start.mu, log_diagonal, below))
    identity = torch.eye(size, dtype=mean.dtype, device=mean.device)
    # A row of L sums up to E noisy entries: smaller steps keep its length in bounds.
    slowly = {"params": [lower], "lr": LEARNING_RATE / math.sqrt(size)}
    groups: list[dict[str, Any]] = [{"params": [mean, log_scale]}, slowly]
    optimizer = torch.optim.Adam(groups, lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)

    def proposal() -> RefinedProposal:
        root = (lower.tril(-1) + identity) * log_scale.exp()[..., None]
        return replace(start, mu=mean, root=root)

    for step in range(STEPS):
        noise = _antithetic(DRAWS, start.mu, generator)
        with torch.enable_grad():
            elbo = _log_weights(proposal().at_fixed_density(noise), log_likelihood).mean(0)
            gradients = torch.autograd.grad(-elbo.sum(), (mean, log_scale, lower))
        if step == 0:
            _require_finite(gradients, first)
        mean.grad, log_scale.grad, lower.grad = (g.nan_to_num() for g in gradients)
        optimizer.step()
        schedule.step()
    fitted = proposal()
    return replace(fitted, mu=fitted.mu.detach(), root=fitted.root.detach())


def _log_weights(latents: Latents, log_likelihood: LogLikelihood) -> Tensor:
    """ln p(x, z, w) − ln q(z, w|x), (n, B)."""
    terms = log_likelihood(latents.z, latents.private)
    return torch.stack([*terms.values(), latents.log_ratio]).sum(0)


def _antithetic(n: int, like: Tensor, generator: torch.Generator) -> Tensor:
    half = torch.randn(n // 2, *like.shape, dtype=like.dtype, device=like.device, generator=generator)
    return torch.cat([half, -half])


def _picked(values: Tensor, best: Tensor) -> Tensor:
    """Row ``best[b]`` of column b: (C, B, ...) → (B, ...)."""
    return values[best, torch.arange(len(best), device=best.device)]


def _widened(q: RefinedProposal) -> RefinedProposal:
    """A fitted Gaussian is a little too narrow, and tails must be covered; wider costs more the larger E is."""
    return replace(q, root=math.sqrt(1 + 0.8 / math.sqrt(q.mu.shape[-1])) * q.root)


def _require_finite(gradients: tuple[Tensor, ...], first: int) -> None:
    bad = ~torch.stack([torch.isfinite(g).flatten(1).all(1) for g in gradients]).all(0)
    if bool(bad.any()):
        raise ValueError(
            "proposal 'refined': expected finite gradients of the log-likelihood, got others for samples "
            f"{first_indices(bad, first)}; use another proposal"
        )
