"""Errors of estimators, and ladders of bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
