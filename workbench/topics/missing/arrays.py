"""What happens when modalities are missing: weights of subsets, likelihoods, and models trained that way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mopoe import Summary

Names = tuple[str, ...]


@dataclass(frozen=True)
class SubsetWeights:
    """Weight of each subset in the mixture, by what was observed.

    Attributes:
        subsets: the S trained subsets.
        observed: the P sets of observed modalities.
        weights: (S, P), columns sum to 1.
    """

    subsets: list[Names]
    observed: list[Names]
    weights: np.ndarray


@dataclass(frozen=True)
class ByObserved:
    """One quantity estimated and known exactly, averaged over the samples that show the same modalities.

    Attributes:
        quantity: what it is, such as ``"−ln p"``.
        observed: the sets of observed modalities.
        estimate: one a set, in nats.
        error: Monte-Carlo standard errors of the estimates.
        exact: the exact answers for the same samples.
        n: numbers of samples.
    """

    quantity: str
    observed: list[Names]
    estimate: np.ndarray
    error: np.ndarray
    exact: np.ndarray
    n: list[int]

    @property
    def standardised(self) -> np.ndarray:
        """(estimate − exact) in standard errors, one a set."""
        return (self.estimate - self.exact) / self.error


@dataclass(frozen=True)
class MissingStudy:
    """Models trained with modalities missing, measured on complete test data.

    Attributes:
        rates: the missing rates.
        n_train: (way, rate) → number of samples trained on, for the first seed.
        coherence: (way, rate) → share of imagined pictures with the right label, (seeds,).
        nll: (way, rate) → −ln p(x) in nats, (seeds, images).
        chance: the coherence that guessing reaches.
        mean_nll: (way, rate) → the mean of ``nll``, with its error over seeds and what speaks against it.
    """

    rates: list[float]
    n_train: Mapping[tuple[str, float], int]
    coherence: Mapping[tuple[str, float], np.ndarray]
    nll: Mapping[tuple[str, float], np.ndarray]
    chance: float
    mean_nll: Mapping[tuple[str, float], Summary] = field(default_factory=dict)
