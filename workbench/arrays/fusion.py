"""What three experts say, and what three ways to fuse them make of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .subset import Term


@dataclass(frozen=True)
class Family:
    """One way to fuse experts: a mixture of Gaussians, of a single one for the product.

    Attributes:
        name: "product", "mixture" or "MoPoE".
        components: the modalities of each component.
        means: (C, D).
        sds: (C, D).
        weights: (C,), sum to 1.
        density: on the grid of the answer, (G,); empty in two dimensions.
        say: modality, and last "prior" → how much it decides: weights times shares of the precision.
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
    say: dict[str, float]
    to_prior: Term
    to_posterior: Term
    bounds: dict[str, Term]


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
    families: list[Family]
    draws: int
    grid: np.ndarray
    experts: np.ndarray
    prior: np.ndarray
    posterior: np.ndarray

    @property
    def dimensions(self) -> int:
        """D."""
        return self.means.shape[1]
