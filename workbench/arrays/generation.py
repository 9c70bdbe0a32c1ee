"""What a model generates from what it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Generation:
    """Named arrays of one sample and one set of shown modalities.

    Attributes:
        shown: the modalities that the model saw; none of them means a draw from the prior.
        present: the modalities that the sample has.
        data: modality → the sample itself; what stands under a missing modality means nothing, (\\*dims).
        mean: modality → expected data at the posterior mean, (\\*dims).
        draws: modality → expected data at posterior draws, (n, \\*dims).
        readings: modality → what a classifier reads: one label for the mean, then one a draw.
        label: the sample's own class, where labels are classes.
    """

    shown: list[str]
    present: list[str]
    data: dict[str, np.ndarray]
    mean: dict[str, np.ndarray]
    draws: dict[str, np.ndarray]
    readings: dict[str, list[int]] = field(default_factory=dict)
    label: int | None = None
