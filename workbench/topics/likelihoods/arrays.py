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
class Agreement:
    """Two estimates of the same quantity.

    Attributes:
        quantity: in symbols.
        names: of the estimate and of the reference.
        reference: (n,) nats.
        difference: estimate less reference, (n,) nats.
        error: Monte-Carlo error of the difference, (n,) nats.
        unreliable: whether k̂ of the estimate or of the reference is above 0.7, (n,).
    """

    quantity: str
    names: tuple[str, str]
    reference: np.ndarray
    difference: np.ndarray
    error: np.ndarray
    unreliable: np.ndarray

    @property
    def mean(self) -> float:
        """Mean difference, in nats."""
        return float(self.difference.mean())

    @property
    def mean_error(self) -> float:
        """Monte-Carlo error of the mean difference, in nats."""
        return float(np.sqrt(np.square(self.error).sum()) / len(self.error))
