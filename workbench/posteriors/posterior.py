"""What a model believes about the latents of one sample when it is shown some of its modalities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mopoe import MoPoE, Sample, Summary, kl_to_standard_normal
from mopoe.evidence.proposals import MixtureProposal
from mopoe.fusion.gaussians import draw
from mopoe.fusion.selection import locate, systematic_points
from mopoe.networks.usable import require_usable

Gaussian = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Belief:
    """A mixture of diagonal Gaussians over z, of one component for a product, and private posteriors.

    Attributes:
        mus: (C, D).
        logvars: (C, D), ln σ².
        weights: (C,), sum to 1.
        private: modality → mean and ln σ², (P_m,) each.
    """

    mus: Tensor
    logvars: Tensor
    weights: Tensor
    private: dict[str, Gaussian]

    @property
    def device(self) -> torch.device:
        """Where it lives."""
        return self.mus.device

    def mean(self) -> dict[str, Any]:
        """Its mean as an embedding for ``model.decode``: z (1, D)."""
        return {
            "z": (self.weights[:, None] * self.mus).sum(0, keepdim=True),
            "modalities_z": {name: mu[None] for name, (mu, _) in self.private.items()},
        }

    def draws(self, n: int, seed: int) -> dict[str, Any]:
        """``n`` draws as an embedding: z (n, D).

        The noise follows from ``seed`` alone: two beliefs drawn with one seed differ by what they are. The
        components are dealt out by systematic sampling, so that each is met in proportion to its weight.
        """
        components = self.components(n, seed)
        noise = torch.Generator(self.device).manual_seed(seed)
        z = draw(self.mus[components], self.logvars[components], generator=noise)
        private = {
            name: draw(mu, logvar, (n,), generator=torch.Generator(self.device).manual_seed(seed + 1 + i))
            for i, (name, (mu, logvar)) in enumerate(self.private.items())
        }
        return {"z": z, "modalities_z": private}

    def components(self, n: int, seed: int) -> Tensor:
        """Which component each of ``n`` draws comes from, (n,)."""
        if len(self.weights) == 1:
            return torch.zeros(n, dtype=torch.long, device=self.device)
        # A stream of its own: the noise of the draws must not depend on the number of components.
        generator = torch.Generator(self.device).manual_seed(2**31 + seed)
        points = systematic_points(1, n, self.device, generator)
        order = torch.randperm(n, device=self.device, generator=generator)
        return locate(points, self.weights[:, None])[0][order]

    def divergence(self, z: Tensor) -> Summary:
        """KL(q ‖ p) of the shared latent in nats: exact for one component, else over the draws z, (n, D)."""
        if len(self.weights) == 1:
            return Summary.exact(float(kl_to_standard_normal(self.mus[0], self.logvars[0])))
        return mean_of_draws(-self.log_ratio(z))

    def log_ratio(self, z: Tensor) -> Tensor:
        """ln p(z) − ln q(z) of each draw z, (n, D) → (n,): of one component its exact mean, −KL(q ‖ p)."""
        if len(self.weights) == 1:
            return -kl_to_standard_normal(self.mus[0], self.logvars[0]).expand(len(z))
        q = MixtureProposal(self.mus[:, None], self.logvars[:, None], self.weights[:, None])
        return q.log_ratio(z[:, None])[:, 0].to(z.dtype)

    def private_divergence(self) -> Summary | None:
        """KL of all private latents together, exact; ``None`` without them."""
        if not self.private:
            return None
        return Summary.exact(
            float(sum(kl_to_standard_normal(*gaussian) for gaussian in self.private.values()))
        )


def mean_of_draws(values: Tensor) -> Summary:
    """Mean over independent draws, (n,), whose error is all Monte-Carlo; one draw cannot tell it and says 0."""
    mean = Summary.mean_of(values)
    error = mean.standard_error if len(values) > 1 else 0.0
    return replace(mean, standard_error=error, monte_carlo_error=error)


def prior_belief(model: MoPoE, item: Sample) -> Belief:
    """What the model believes when it is shown nothing of the sample."""
    reference = next(model.parameters(), next(iter(item.data.values())).float())
    zeros = reference.new_zeros(1, model.latent_dim)
    private = {name: (reference.new_zeros(size),) * 2 for name, size in model.style_dims.items()}
    return Belief(zeros, zeros, reference.new_ones(1), private)


def product_belief(model: MoPoE, item: Sample, shown: Sequence[str]) -> Belief:
    """The product of the experts of ``shown``."""
    _require_usable(model, item, shown)
    posterior = model.posterior(item, list(shown))
    mu, logvar = posterior.mean, posterior.variance.log()
    return Belief(mu, logvar, mu.new_ones(1), private_beliefs(model, item, shown))


def mixture_belief(model: MoPoE, item: Sample, shown: Sequence[str]) -> Belief:
    """The mixture of the trained subsets within ``shown``."""
    _require_usable(model, item, shown)
    mixture = model.joint_posterior(item, within=list(shown))
    weights = mixture.mixture_distribution.probs[0]
    used = weights > 0
    base = mixture.component_distribution
    private = private_beliefs(model, item, shown)
    return Belief(base.mean[0][used], base.variance[0][used].log(), weights[used], private)


def component_belief(mixture: Belief, seed: int) -> tuple[Belief, int]:
    """One component of a mixture, drawn by its weight with ``seed``, and its number."""
    number = int(mixture.components(1, seed))
    mu, logvar = mixture.mus[number : number + 1], mixture.logvars[number : number + 1]
    return Belief(mu, logvar, mixture.weights.new_ones(1), mixture.private), number


def private_beliefs(model: MoPoE, item: Sample, shown: Sequence[str]) -> dict[str, Gaussian]:
    """Each private latent's posterior where its modality is shown, its prior elsewhere."""
    if not model.multiple_latent_spaces:
        return {}
    with model.evaluating():
        experts = model.modality_encode(item)
    beliefs = {}
    for name, expert in experts.items():
        mu, logvar = expert.style_embedding[0], expert.style_log_covariance[0]
        seen = name in shown
        beliefs[name] = (mu, logvar) if seen else (torch.zeros_like(mu), torch.zeros_like(logvar))
    return beliefs


def trained_within(model: MoPoE, shown: Sequence[str]) -> list[tuple[str, ...]]:
    """The trained subsets within ``shown``; where there is none, the parts of trained ones that are shown."""
    return [part for part, _ in _components_within(model, shown)]


def _components_within(model: MoPoE, shown: Sequence[str]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What each component is a product of, and the trained subset that it stands for."""
    subsets = list(model.subsets.values())
    inside = [(subset, subset) for subset in subsets if set(subset) <= set(shown)]
    parts = [(tuple(name for name in subset if name in shown), subset) for subset in subsets]
    return inside or [(part, subset) for part, subset in parts if part]


def _require_usable(model: MoPoE, item: Sample, shown: Sequence[str]) -> None:
    experts = model.modality_encode(item)
    require_usable({name: experts[name] for name in shown}, None)
