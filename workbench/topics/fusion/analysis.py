"""Product, mixture and MoPoE of the same experts, against the exact posterior and ln p(x)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Distribution, MixtureSameFamily, MultivariateNormal, kl_divergence
from torch.distributions.categorical import Categorical

from mopoe import MoPoE, Sample, Summary
from mopoe.fusion.gaussians import as_distribution, precision_shares
from mopoe.fusion.prior_expert import prior_expert_joins

from ...datasets.linear_gaussian.elbo import exact_elbo
from ...datasets.linear_gaussian.world import LinearGaussian
from ...posteriors.posterior import Belief, mean_of_draws, mixture_belief, trained_within
from ..families.names import FUSIONS
from .arrays import FusedPosterior, Fusion
from .sensors import model_of, places, readings, sensors
from .state import MODALITIES, FusionState

#: Draws behind each number that has an error bar.
N_DRAWS = 4096
#: Where densities are drawn in one dimension.
EDGE, N_GRID = 5.0, 301
# A regular sum over this range is exact to rounding: 6 sd beyond the farthest mean, 11 points in the least sd.
_FAR, _N_FINE = 15.5, 4001


def fuse(state: FusionState) -> Fusion:
    """All families' answers for what ``state`` says."""
    problem = _Problem.of(state)
    model = model_of(state, problem.truth)
    grid = torch.linspace(-EDGE, EDGE, N_GRID, dtype=torch.float64)[:, None]
    means, widths = places(state, "means"), torch.tensor(state.widths, dtype=torch.float64)
    experts = [as_distribution(mu, 2 * s.log().expand_as(mu)) for mu, s in zip(means, widths, strict=True)]
    return Fusion(
        modalities=list(MODALITIES),
        shown=list(state.shown),
        readings=places(state, "readings").numpy(),
        noise=np.array(state.noise),
        means=means.numpy(),
        widths=np.array(state.widths),
        posterior_mean=problem.posterior.mean.numpy(),
        posterior_covariance=problem.posterior.covariance_matrix.numpy(),
        evidence=problem.evidence,
        families=[
            _family(name, model.sharing_networks(subsets=family.subsets), problem, state, grid)
            for name, family in FUSIONS.items()
        ],
        draws=state.K,
        grid=grid[:, 0].numpy() if state.dimensions == 1 else np.empty(0),
        experts=np.stack([_density(expert, grid, state) for expert in experts]),
        prior=_density(problem.prior, grid, state),
        posterior=_density(problem.posterior, grid, state),
    )


@dataclass(frozen=True)
class _Problem:
    """What is true: the sensors, what they read, and what follows from it."""

    truth: LinearGaussian
    item: Sample
    shown: list[str]
    prior: Distribution
    posterior: MultivariateNormal
    evidence: float

    @classmethod
    def of(cls, state: FusionState) -> _Problem:
        truth, item, shown = sensors(state), readings(state), list(state.shown)
        zeros = torch.zeros(state.dimensions, dtype=torch.float64)
        batch = {name: x[None] for name, x in item.data.items()}
        mean, covariance = truth.posterior(batch, shown)
        return cls(
            truth=truth,
            item=item,
            shown=shown,
            prior=as_distribution(zeros, zeros),
            posterior=MultivariateNormal(mean[0], covariance),
            evidence=float(truth.log_prob(batch, shown)),
        )

    def batch(self, n: int = 1) -> dict[str, Tensor]:
        """Modality → the reading n times, (n, D)."""
        return {name: x.expand(n, -1) for name, x in self.item.data.items()}

    def log_joint(self, z: Tensor) -> Tensor:
        """ln p(x, z) of the shown readings, (n, D) → (n,)."""
        explained = self.truth.log_likelihood(self.batch(len(z)), z, modalities=self.shown)
        return explained + self.prior.log_prob(z)


def _family(name: str, model: MoPoE, problem: _Problem, state: FusionState, grid: Tensor) -> FusedPosterior:
    belief = mixture_belief(model, problem.item, problem.shown)
    components = trained_within(model, problem.shown)
    q = MixtureSameFamily(
        Categorical(probs=belief.weights, validate_args=False), as_distribution(belief.mus, belief.logvars)
    )
    elbo = _generalised(belief, problem)
    if len(belief.weights) == 1:
        to_prior = belief.divergence(belief.mus)
        alone = MultivariateNormal(belief.mus[0], belief.logvars[0].exp().diag())
        to_posterior = Summary.exact(float(kl_divergence(alone, problem.posterior)))
        mixture = elbo
    else:
        mean = _mean_under(q, belief, state)
        to_prior = mean(lambda z: q.log_prob(z) - problem.prior.log_prob(z))
        to_posterior = mean(lambda z: q.log_prob(z) - problem.posterior.log_prob(z))
        mixture = mean(lambda z: problem.log_joint(z) - q.log_prob(z))
    return FusedPosterior(
        name=name,
        components=components,
        means=belief.mus.numpy(),
        sds=belief.logvars.div(2).exp().numpy(),
        weights=belief.weights.numpy(),
        density=_density(q, grid, state),
        shares=_mean_shares(model, belief, components, problem, state),
        to_prior=to_prior,
        to_posterior=to_posterior,
        bounds={"generalised": elbo, "mixture": mixture, "importance": _importance(model, problem, state)},
    )


def _generalised(belief: Belief, problem: _Problem) -> Summary:
    """L_gen: the components' exact ELBOs, averaged by weight."""
    n = len(belief.weights)
    shared = (belief.mus, belief.logvars.exp().diag_embed())
    elbos = exact_elbo(problem.truth, problem.batch(n), shared, modalities=problem.shown)
    return Summary.exact(float((belief.weights * elbos).sum()))


def _importance(model: MoPoE, problem: _Problem, state: FusionState) -> Summary:
    """L_K from draws whose noise depends on the seed alone, so that it moves smoothly with the experts."""
    generator = torch.Generator().manual_seed(state.seed)
    repeats = N_DRAWS // state.K
    found = model.estimate_bounds(
        problem.item, problem.shown, state.K, repeats, chunk=N_DRAWS, generator=generator
    ).importance_weighted
    error = float(found.standard_error)
    return Summary(float(found.value), error, error, repeats, diagnosis=found.diagnosis)


def _mean_under(
    q: Distribution, belief: Belief, state: FusionState
) -> Callable[[Callable[[Tensor], Tensor]], Summary]:
    """E_q[f] as a function of f: a sum over a fine grid in one dimension, a mean of draws in two."""
    if state.dimensions == 2:
        z = belief.draws(N_DRAWS, state.seed)["z"]
        return lambda f: mean_of_draws(f(z))
    fine = torch.linspace(-_FAR, _FAR, _N_FINE, dtype=torch.float64)[:, None]
    weights = q.log_prob(fine).exp() * (2 * _FAR / (_N_FINE - 1))
    return lambda f: Summary.exact(float((weights * f(fine)).sum()))


def _mean_shares(
    model: MoPoE,
    belief: Belief,
    components: list[tuple[str, ...]],
    problem: _Problem,
    state: FusionState,
) -> dict[str, float]:
    """How much each expert and the prior decide: shares of the precision, averaged over components."""
    logvars = {name: out.log_covariance[0] for name, out in model.modality_encode(problem.item).items()}
    means = dict.fromkeys([*MODALITIES, "prior"], 0.0)
    for weight, component in zip(belief.weights.tolist(), components, strict=True):
        # What is left of the full subset when a modality is missing keeps its prior expert.
        full = len(component) == len(MODALITIES) or component not in model.subsets.values()
        joins = prior_expert_joins(state.prior_expert, full)
        shares = precision_shares(torch.stack([logvars[name] for name in component]), joins)
        for name, share in zip([*component, "prior"] if joins else component, shares.mean(1), strict=True):
            means[name] += weight * float(share)
    return means


def _density(q: Distribution, grid: Tensor, state: FusionState) -> np.ndarray:
    return q.log_prob(grid).exp().numpy() if state.dimensions == 1 else np.empty(0)
