"""A model at one moment of its training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...posteriors.arrays import Generation, LatentPlane


@dataclass(frozen=True)
class Change:
    """From step ``step`` on, ``words`` held."""

    step: int
    words: str


@dataclass(frozen=True)
class LossHistory:
    """The terms of the loss at each step so far, in nats a sample of the batch.

    Attributes:
        reconstruction: modality → −ln p(x_m|z), mean over the samples of a batch that have it, (steps,).
        divergence: KL(q ‖ p), averaged over the trained subsets, (steps,).
        changes: of settings, in order.
    """

    reconstruction: dict[str, np.ndarray]
    divergence: np.ndarray
    changes: list[Change]

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.divergence)


@dataclass(frozen=True)
class LatentMap:
    """What one modality looks like all over a plane of latents.

    Attributes:
        name: of the modality.
        pictures: by row from top to bottom, by column from left to right, (k, k, \\*dims).
        half: latents run from −half to half in both directions.
    """

    name: str
    pictures: np.ndarray
    half: float


@dataclass(frozen=True)
class TrainingMoment:
    """What the training playground shows.

    Attributes:
        step: steps done.
        history: the terms of the loss up to here.
        plane: all data, the posteriors of some watched samples (role "watched"), and those of the chosen one.
        generation: what the chosen sample's shown modalities generate.
        map: what the latent plane decodes to.
        spread: posterior standard deviation, averaged over data and dimensions.
        divergence: KL of the chosen sample's posterior, nats.
    """

    step: int
    history: LossHistory
    plane: LatentPlane
    generation: Generation
    map: LatentMap
    spread: float
    divergence: float
