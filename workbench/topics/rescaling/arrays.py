"""Which views a model's latent holds, by the weight of the small view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mopoe import Summary


@dataclass(frozen=True)
class LinearBalance:
    """One linear VAE, trained with the small view weighed by ``factor``.

    Attributes:
        factor: r of the small view.
        latent_dim: D.
        explained: modality → share of its variance that the model reconstructs, on test data.
        objective: mean of minus the loss, in nats.
        evidence: mean ln p(x) of the world itself, exact: no model's is larger on average.
    """

    factor: float
    latent_dim: int
    explained: dict[str, float]
    objective: float
    evidence: float


@dataclass(frozen=True)
class Certainty:
    """How sure an encoder is of the small view's factor, against how sure it may be.

    Attributes:
        factor: r of the small view.
        width: standard deviation that the best encoder claims, by algebra.
        true_width: that of the exact posterior.
        coverage: share of samples whose true factor lies in the claimed 95% interval.
    """

    factor: float
    width: float
    true_width: float
    coverage: Summary


@dataclass(frozen=True)
class ViewBalance:
    """One trained model of a picture and a word, the word weighed by ``factor``.

    Attributes:
        factor: r of the word.
        nats: modality → −ln p(x_m|z) with z from that view alone, mean over test data.
        expert_kl: modality → KL of its expert from the prior, in nats.
        words_right: share of words, read back from themselves, with every letter in its place.
        digits_right: share of pictures, imagined from the word, that show its digit.
        words: some of the words read back.
    """

    factor: float
    nats: dict[str, float]
    expert_kl: dict[str, float]
    words_right: float
    digits_right: float
    words: list[str]
