"""A few Gaussian experts about one number: products, mixture, MoPoE, and how calibrated each of them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, Normal

from mopoe import MoPoE, subset_products
from mopoe.fusion.subsets import membership_matrix, power_set, resolve_subsets

from ...datasets.linear_gaussian.model import linear_gaussian_model
from ...datasets.linear_gaussian.world import LinearGaussian
from ..families.names import FUSIONS
from .arrays import Calibration, FusedExperts


def fuse_experts(
    experts: Mapping[str, tuple[float, float]],
    prior_expert: bool = False,
    edge: float = 5.0,
    n_grid: int = 501,
) -> FusedExperts:
    """Fuse experts about one number in all three ways.

    Args:
        experts: name → mean and standard deviation.
        prior_expert: whether a N(0, 1) expert joins every product.
        edge: densities are drawn from −edge to edge.
        n_grid: at this many places.

    Raises:
        ValueError: no expert, or a standard deviation that is not positive.
    """
    if not experts:
        raise ValueError("experts: expected at least one, got none")
    for name, (_, sd) in experts.items():
        if not sd > 0:
            raise ValueError(f"experts[{name!r}]: expected a standard deviation > 0, got {sd}")
    names = list(experts)
    components = power_set(names)
    # Axes as in the library, (M, B, D), with one sample and one latent dimension.
    mus = torch.tensor([[[mean]] for mean, _ in experts.values()], dtype=torch.float64)
    sds = torch.tensor([[[sd]] for _, sd in experts.values()], dtype=torch.float64)
    joins = torch.full((len(components),), float(prior_expert), dtype=torch.float64)
    found, logvars = subset_products(mus, 2 * sds.log(), membership_matrix(components, names), joins)
    products = Normal(found[:, 0, 0], logvars[:, 0, 0].div(2).exp())
    grid = torch.linspace(-edge, edge, n_grid, dtype=torch.float64)
    families = {
        name: _mixture(
            products, [components.index(s) for s in resolve_subsets(family.subsets, names).values()]
        )
        for name, family in FUSIONS.items()
    }
    alone = {name: Normal(mu[0, 0], sd[0, 0]) for name, mu, sd in zip(names, mus, sds, strict=True)}
    return FusedExperts(
        means={name: float(mean) for name, (mean, _) in experts.items()},
        sds={name: float(sd) for name, (_, sd) in experts.items()},
        components=components,
        component_means=products.mean.numpy(),
        component_sds=products.stddev.numpy(),
        family_means={name: float(q.mean) for name, q in families.items()},
        family_sds={name: float(q.stddev) for name, q in families.items()},
        grid=grid.numpy(),
        densities={name: q.log_prob(grid).exp().numpy() for name, q in (alone | families).items()},
        component_densities=products.log_prob(grid[:, None]).exp().T.numpy(),
    )


def calibration(
    noise: float,
    levels: Sequence[float],
    n_sensors: int = 3,
    prior_expert: str = "none",
    n_draws: int = 20_000,
    seed: int = 0,
) -> Calibration:
    """How often z ~ N(0, 1) lies where experts, each right about its own sensor, together say it does.

    Sensor m reads x_m = z + σ ε_m, and its expert is the exact posterior p(z | x_m).

    Args:
        noise: σ, of every sensor.
        levels: probabilities of the central intervals.
        n_sensors: M.
        prior_expert: as for :class:`mopoe.MoPoEConfig`.
        n_draws: of z with its readings.
        seed: of these draws.
    """
    names = [f"sensor {i}" for i in range(1, n_sensors + 1)]
    truth = LinearGaussian(
        loadings={name: torch.ones(1, 1, dtype=torch.float64) for name in names},
        offsets={name: torch.zeros(1, dtype=torch.float64) for name in names},
        noise=dict.fromkeys(names, noise),
    )
    data, z, _ = truth.sample(n_draws, seed)
    model = linear_gaussian_model(truth, prior_expert=prior_expert)
    found = {
        name: _on_the_line(model.sharing_networks(subsets=family.subsets), data)
        for name, family in FUSIONS.items()
    }
    # The interval of level L holds z where z's own quantile is no farther than L / 2 from the middle.
    far = {name: 2 * (q.cdf(z[:, 0]) - 0.5).abs() for name, q in found.items()}
    return Calibration(
        levels=np.asarray(levels, float),
        coverage={
            name: np.array([float((distance <= level).double().mean()) for level in levels])
            for name, distance in far.items()
        },
        sds={name: float(q.stddev.mean()) for name, q in found.items()},
        exact_sd=float(truth.posterior(data)[1].sqrt()),
        n=n_draws,
    )


def _mixture(products: Normal, rows: list[int]) -> MixtureSameFamily:
    weights = Categorical(logits=torch.zeros(len(rows), dtype=torch.float64))
    return MixtureSameFamily(weights, Normal(products.loc[rows], products.scale[rows]))


def _on_the_line(model: MoPoE, data: Mapping[str, Tensor]) -> MixtureSameFamily:
    """The joint posterior of a latent of one dimension, as a distribution over numbers."""
    joint = model.joint_posterior(data)
    components = joint.component_distribution
    normal = Normal(components.mean[..., 0], components.variance[..., 0].sqrt())
    return MixtureSameFamily(joint.mixture_distribution, normal)
