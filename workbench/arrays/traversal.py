"""A walk through a latent space, and what every decoder makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class LatentAxes:
    """Directions of a latent space, by how much the data use them.

    Attributes:
        names: one each, such as "dimension 3".
        numbers: what stands for each of them where there is little room.
        directions: of length 1, (axes, D).
        nats: KL of the posterior along each from the prior, mean over the data, (axes,).
        order: what they are ordered by, in words.
    """

    names: list[str]
    numbers: list[str]
    directions: np.ndarray
    nats: np.ndarray
    order: str


@dataclass(frozen=True)
class Strip:
    """Pictures along a line through the latent space.

    Attributes:
        words: what is walked.
        headings: one a column.
        data: modality → expected data, (columns, \\*dims).
        readings: modality → what a classifier reads in each column.
        share: where the latent stands between the first column, 0, and the last, 1.
        said: the same in words.
    """

    words: str
    headings: list[str]
    data: dict[str, np.ndarray]
    readings: dict[str, list[int]]
    share: float
    said: str


@dataclass(frozen=True)
class TraversalAnswer:
    """What the traversal explorer shows.

    Attributes:
        shown: the modalities that the model saw.
        present: those that the sample has.
        data: modality → the sample, (\\*dims); what stands under a missing modality means nothing.
        unmoved: modality → expected data at the posterior mean, (\\*dims).
        moved: modality → expected data where the latent stands now, (\\*dims).
        changes: modality → mean absolute difference of the two.
        axes: of the space that is walked, all of them.
        strip: along that axis, or between two samples.
        readings: modality → what a classifier reads in ``unmoved`` and in ``moved``.
        label: the sample's own class, where labels are classes.
        target: modality → the sample at the other end of a line; empty in a walk, and where it is missing.
    """

    shown: list[str]
    present: list[str]
    data: dict[str, np.ndarray]
    unmoved: dict[str, np.ndarray]
    moved: dict[str, np.ndarray]
    changes: dict[str, float]
    axes: LatentAxes
    strip: Strip
    readings: dict[str, list[int]] = field(default_factory=dict)
    label: int | None = None
    target: dict[str, np.ndarray] = field(default_factory=dict)
