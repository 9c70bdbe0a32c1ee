"""Where importance draws come from: mixtures of Gaussians, and one Gaussian a private latent space."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from ..fusion.gaussians import draw, kl_to_standard_normal, log_density
from ..fusion.selection import locate, systematic_points

# Of λμ², in float64: more would leave a log-density too few digits.
_MOST_CANCELLED = 1e10


class Latents(NamedTuple):
    """Draws: z, (n, B, D); modality → w_m, (n, B, D_m); ln p(z, w) − ln q(z, w|x), (n, B), with p = N(0, I)."""

    z: Tensor
    private: dict[str, Tensor]
    log_ratio: Tensor


class Proposal(ABC):
    """q(z, w|x) of a block of samples."""

    @abstractmethod
    def draws(self, n: int, chunk: int, generator: torch.Generator) -> Iterator[Latents]:
        """n draws a sample, ``chunk`` at a time; they do not depend on ``chunk``."""

    @abstractmethod
    def divergence(self) -> Tensor:
        """KL to the prior, of a mixture the mean of its components', (B,) in float64."""


@dataclass(frozen=True)
class MixtureProposal:
    """q(z|x) = Σ_s w_s N(μ_s, σ_s²): ``mus``, ``logvars`` (S, B, D) and ``weights`` (S, B)."""

    mus: Tensor
    logvars: Tensor
    weights: Tensor

    @classmethod
    def single(cls, mu: Tensor, logvar: Tensor) -> MixtureProposal:
        """One Gaussian: ``mu`` and ``logvar`` (B, D)."""
        return cls(mu[None], logvar[None], mu.new_ones(1, len(mu)))

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """(n, B, D) draws whose components are stratified over the n draws, with a random offset a sample.

        Draws come in the order of their components: every k-th of them is a stratified sample again.
        """
        points = systematic_points(self.mus.shape[1], n, self.mus.device, generator)
        components = locate(points, self.weights).T
        samples = torch.arange(self.mus.shape[1], device=self.mus.device)
        return draw(self.mus[components, samples], self.logvars[components, samples], generator=generator)

    def log_ratio(self, z: Tensor) -> Tensor:
        r"""ln p(z) − ln q(z|x), q being the whole mixture and p = N(0, I): (n, B, D) → (n, B) in float64.

        Each component's :math:`\sum_d \lambda (z - \mu)^2` is multiplied out, so that all of them are one matrix
        product; what cancels there is below 1e-5 nats, or else each component is taken by itself.
        """
        z = z.double()
        if self._multiplied_out is None:
            experts = zip(self.mus.double(), self.logvars.double(), strict=True)
            alone = torch.stack([log_density(z, mu, logvar) for mu, logvar in experts])
            return log_prior(z) - torch.logsumexp(alone + self.weights.double().log()[:, None], 0)
        factors, constants = self._multiplied_out
        powers = torch.cat([-0.5 * z.square(), z], -1).transpose(0, 1)  # (B, n, 2 D)
        return log_prior(z) - torch.logsumexp(powers @ factors + constants[:, None], -1).T

    @cached_property
    def _multiplied_out(self) -> tuple[Tensor, Tensor] | None:
        """What (−z²/2, z) is multiplied by, (B, 2 D, S), and what is added, (B, S); ``None`` if too much cancels."""
        mus, logvars = self.mus.double(), self.logvars.double()
        precisions = torch.exp(-logvars)
        squares = precisions * mus.square()
        if bool(squares.max() > _MOST_CANCELLED):
            return None
        factors = torch.cat([precisions, precisions * mus], -1).permute(1, 2, 0)
        constants = -0.5 * (squares + logvars + math.log(2 * math.pi)).sum(-1)
        return factors, (constants + self.weights.double().log()).T

    def divergence(self) -> Tensor:
        """Σ_s w_s KL(q_s ‖ p), (B,) in float64."""
        return (self.weights * kl_to_standard_normal(self.mus, self.logvars)).sum(0).double()


@dataclass(frozen=True)
class FactorisedProposal(Proposal):
    """q(z|x) Π_m q(w_m|x_m): the shared latent's mixture, and one Gaussian a private latent space."""

    shared: MixtureProposal
    private: Mapping[str, MixtureProposal] = field(default_factory=dict)

    def draws(self, n: int, chunk: int, generator: torch.Generator) -> Iterator[Latents]:
        """See :class:`Proposal`."""
        z = self.shared.sample(n, generator)
        private = {name: q.sample(n, generator) for name, q in self.private.items()}
        for start in range(0, n, chunk):
            part = slice(start, start + chunk)
            styles = {name: w[part] for name, w in private.items()}
            ratio = self.shared.log_ratio(z[part])
            for name, w in styles.items():
                ratio = ratio + self.private[name].log_ratio(w)
            yield Latents(z[part], styles, ratio)

    def divergence(self) -> Tensor:
        """Mean KL of the components to the prior, Σ_s w_s KL(q_s ‖ p) + Σ_m KL(q(w_m) ‖ p), (B,)."""
        latents = [self.shared, *self.private.values()]
        return torch.stack([q.divergence() for q in latents]).sum(0)


def log_prior(z: Tensor) -> Tensor:
    r"""ln N(z; 0, I), (\*, D) → (\*,)."""
    standard = torch.zeros((), dtype=z.dtype, device=z.device)
    return log_density(z, standard, standard)
