"""What three experts say, and what three ways to fuse them make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...numerals import numeral

if TYPE_CHECKING:
    from mopoe import Summary


@dataclass(frozen=True)
class FusedPosterior:
    """One way to fuse experts: a mixture of Gaussians, of a single one for the product.

    Attributes:
        name: "product", "mixture" or "MoPoE".
        components: the modalities of each component.
        means: (C, D).
        sds: (C, D).
        weights: (C,), sum to 1.
        density: on the grid of the answer, (G,); empty in two dimensions.
        shares: modality, and last "prior" → how much it decides: weights times shares of the precision.
        to_prior: KL(q ‖ p), nats.
        to_posterior: KL(q ‖ exact posterior), nats.
        bounds: "generalised", "mixture" and "importance" → that lower bound of ln p(x), nats.
    """

    name: str
    components: list[tuple[str, ...]]
    means: np.ndarray
    sds: np.ndarray
    weights: np.ndarray
    density: np.ndarray
    shares: dict[str, float]
    to_prior: Summary
    to_posterior: Summary
    bounds: dict[str, Summary]


@dataclass(frozen=True)
class Fusion:
    """Everything that the fusion playground shows.

    Attributes:
        modalities: all names, in order.
        shown: those that take part.
        readings: what the sensors read, (M, D).
        noise: their standard deviations, (M,).
        means: of the experts, (M, D).
        widths: of the experts, standard deviations, (M,).
        posterior_mean: of the exact posterior, (D,).
        posterior_covariance: (D, D).
        evidence: exact ln p(x) of the shown readings, nats.
        families: product, mixture, MoPoE.
        draws: K of the importance-weighted bound.
        grid: places where densities are drawn, (G,); empty in two dimensions.
        experts: density of each expert there, (M, G).
        prior: density of the prior there, (G,).
        posterior: density of the exact posterior there, (G,).
    """

    modalities: list[str]
    shown: list[str]
    readings: np.ndarray
    noise: np.ndarray
    means: np.ndarray
    widths: np.ndarray
    posterior_mean: np.ndarray
    posterior_covariance: np.ndarray
    evidence: float
    families: list[FusedPosterior]
    draws: int
    grid: np.ndarray
    experts: np.ndarray
    prior: np.ndarray
    posterior: np.ndarray

    @property
    def dimensions(self) -> int:
        """D."""
        return self.means.shape[1]


@dataclass(frozen=True)
class FusedExperts:
    """Gaussian experts about one number z, their products, and three ways to fuse them.

    Attributes:
        means: expert → its mean.
        sds: expert → its standard deviation.
        components: the experts of each subset, by size.
        component_means: of the subsets' products, (S,).
        component_sds: (S,).
        family_means: "product", "mixture" or "MoPoE" → mean of the whole.
        family_sds: family → standard deviation of the whole.
        grid: places where densities are drawn, (G,).
        densities: expert or family → density on the grid, (G,).
        component_densities: (S, G).
    """

    means: dict[str, float]
    sds: dict[str, float]
    components: list[tuple[str, ...]]
    component_means: np.ndarray
    component_sds: np.ndarray
    family_means: dict[str, float]
    family_sds: dict[str, float]
    grid: np.ndarray
    densities: dict[str, np.ndarray]
    component_densities: np.ndarray

    def _repr_markdown_(self) -> str:
        """One row a component, then one a family: precision, mean, standard deviation."""
        lines = ["| who speaks | precision | mean | standard deviation |", "|---|---|---|---|"]
        rows = zip(self.components, self.component_means, self.component_sds, strict=True)
        lines += [_row(" · ".join(names), mean, sd) for names, mean, sd in rows]
        lines += [_row(f"*{name}*", self.family_means[name], sd) for name, sd in self.family_sds.items()]
        return "\n".join(lines)


@dataclass(frozen=True)
class Calibration:
    """How often the truth lies in the central intervals of a posterior.

    Attributes:
        levels: probabilities that the intervals claim, (L,).
        coverage: family → share of draws whose interval holds the truth, (L,).
        sds: family → mean standard deviation of the posterior.
        exact_sd: of the exact posterior.
        n: number of draws.
    """

    levels: np.ndarray
    coverage: dict[str, np.ndarray]
    sds: dict[str, float]
    exact_sd: float
    n: int

    def at(self, family: str, level: float) -> tuple[float, float]:
        """Coverage at one of the levels, and its standard error.

        Raises:
            ValueError: a level that was not asked for.
        """
        places = np.flatnonzero(np.isclose(self.levels, level))
        if not len(places):
            raise ValueError(f"level: expected one of {self.levels.tolist()}, got {level}")
        share = float(self.coverage[family][places[0]])
        return share, float(np.sqrt(share * (1 - share) / self.n))


def _row(name: str, mean: float, sd: float) -> str:
    return f"| {name} | {numeral(1 / sd**2, '.3g')} | {numeral(mean, '.3f')} | {numeral(sd, '.3f')} |"
