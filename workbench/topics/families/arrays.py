"""What several families of models make of the same sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...posteriors.arrays import Generation, LatentPlane

if TYPE_CHECKING:
    from mopoe import Summary

#: Draws that must count, and the tail index that must not be passed, for a likelihood to be believed.
LEAST_THAT_COUNT, WORST_TAIL = 10.0, 0.7


@dataclass(frozen=True)
class FamilyView:
    """One family's pictures, and its beliefs in its own latent space."""

    generation: Generation
    plane: LatentPlane


@dataclass(frozen=True)
class NLLCurve:
    """−ln p in nats, mean over images, by the number of importance draws; all from the same draws.

    Attributes:
        draws: numbers of draws, K, rising.
        values: one a K: what K draws give on average.
        errors: their Monte-Carlo standard errors, with all the draws there are.
        count: how many of K draws count: the effective sample size, median over images, one a K.
        tail: Pareto k̂ of all draws, median over images; NaN where nothing can tell it.
    """

    draws: list[int]
    values: np.ndarray
    errors: np.ndarray
    count: np.ndarray
    tail: float

    def at(self, K: int) -> int:
        """The place of K in ``draws``."""
        return self.draws.index(K)

    def believable(self, K: int) -> bool:
        """Whether enough of K draws count, and none of them can outweigh all others."""
        return float(self.count[self.at(K)]) >= LEAST_THAT_COUNT and not self.tail > WORST_TAIL


@dataclass(frozen=True)
class Gap:
    """NLL of ``first`` less that of ``second`` in nats, image by image: below 0 the first is better.

    Attributes:
        mean: over images, with the error over images, which holds that of the draws; NaN for one image.
    """

    first: str
    second: str
    mean: Summary

    @property
    def error(self) -> float:
        """The error that a conclusion must allow for: over images where there are several."""
        over_images = self.mean.standard_error
        return self.mean.monte_carlo_error if np.isnan(over_images) else over_images


@dataclass(frozen=True)
class FamilyNLL:
    """Likelihoods of all families on the same images.

    Attributes:
        quantity: in symbols, such as "−ln p(a, b)"; empty where there is nothing to estimate.
        images: how many the means are over.
        curves: family → NLL by number of draws.
        gaps: number of draws → differences of all pairs, paired image by image.
        observed: of how many images each modality is part, in words; empty where nothing is missing.
    """

    quantity: str
    images: int
    curves: dict[str, NLLCurve]
    gaps: dict[int, list[Gap]]
    observed: str = ""

    def believable(self, K: int) -> bool:
        """Whether the numbers of all families at K can be believed, and so their differences."""
        return all(curve.believable(K) for curve in self.curves.values())


@dataclass(frozen=True)
class FamilyAnswer:
    """What the family explorer shows; ``likelihoods`` is ``None`` where they are still to come."""

    views: dict[str, FamilyView]
    likelihoods: FamilyNLL | None
