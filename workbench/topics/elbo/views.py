"""Pictures of bounds in one call each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...drawing.charts import Chart
from .arrays import Ladder, SubsetBounds
from .charts import beta_chart, ladder_chart, mixture_weights_chart, subset_bounds_chart


def show_ladder_of_bounds(ladder: Ladder) -> Chart:
    """The bounds, one above the other, up to the exact evidence where it is known."""
    return ladder_chart(ladder)


def show_subset_bounds(found: SubsetBounds) -> Chart:
    """Left: who belongs to a subset. Middle: its bound below ln p(x). Right: what the gap is made of."""
    return subset_bounds_chart(found)


def show_objectives(
    betas: Sequence[float], objectives: Mapping[str, Sequence[float]], evidence: float
) -> Chart:
    """The objective of each family as β moves, and ln p(x), which it should stay below.

    Args:
        betas: places on the axis.
        objectives: "product", "mixture" or "MoPoE" → value at each, nats.
        evidence: exact ln p(x), nats.
    """
    return beta_chart(betas, objectives, evidence)


def show_weights(
    weights: np.ndarray, subsets: Sequence[Sequence[str]], modalities: Sequence[str], samples: Sequence[str]
) -> Chart:
    """The weight of each subset in the mixture of each sample.

    Args:
        weights: (S, B), columns sum to 1.
        subsets: one a row.
        modalities: all names.
        samples: what to write above each column.
    """
    return mixture_weights_chart(weights, subsets, modalities, samples)
