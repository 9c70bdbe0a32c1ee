"""The named arrays that analyses hand to figures."""

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
        divergence: KL(q_S ‖ p) in nats; 0 for the prior.
        readings: modality → what a classifier reads: one label for the mean, then one a draw.
        label: the sample's own class, where labels are classes.
    """

    shown: list[str]
    present: list[str]
    data: dict[str, np.ndarray]
    mean: dict[str, np.ndarray]
    draws: dict[str, np.ndarray]
    divergence: float
    readings: dict[str, list[int]] = field(default_factory=dict)
    label: int | None = None


@dataclass(frozen=True)
class EstimatorErrors:
    """Errors of several estimators of one number.

    Attributes:
        draws: numbers of draws, K.
        errors: estimator → estimate less exact answer in nats, (number of draws, repeats).
        exact: the exact answer, in nats.
    """

    draws: list[int]
    errors: dict[str, np.ndarray]
    exact: float


@dataclass(frozen=True)
class ValuesByPlace:
    """One image's NLL by several estimators at every place of its batch.

    Attributes:
        values: estimator → (places,), in nats.
        exact: the exact answer, in nats.
    """

    values: dict[str, np.ndarray]
    exact: float


@dataclass(frozen=True)
class Ladder:
    """Means over images of lower bounds of ln p(x), with their Monte-Carlo errors, in nats.

    Attributes:
        names: of the bounds, from the loosest to the tightest.
        values: one each.
        errors: Monte-Carlo errors.
        evidence: exact mean ln p(x), where it is known.
    """

    names: list[str]
    values: list[float]
    errors: list[float]
    evidence: float | None = None
