"""Printed pictures of what mixtures and unequal views cost, in one call each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mopoe import MoPoE

from ...datasets import LinearGaussian
from ...drawing.charts import Chart
from .analysis import kept_variance, mean_least_gap
from .arrays import DecodedWorld, FamilyGap, QualityCoherence
from .charts import gap_chart, trade_off_chart, variety_chart

# Places on each line of algebra.
_PLACES = 200


def show_gaps(
    gaps: Mapping[str, Mapping[float, FamilyGap]],
    trained: Mapping[str, Mapping[float, MoPoE]],
    world_of: Callable[[float], LinearGaussian],
) -> Chart:
    """How far below ln p(x) each family's bounds end, by private variation.

    Args:
        gaps: family → private standard deviation t → its gaps.
        trained: the models that they are of.
        world_of: t → the known world.
    """
    places = _places(gaps)
    floors = {}
    for family, by_private in trained.items():
        subsets = list(next(iter(by_private.values())).subsets.values())
        floors[family] = [mean_least_gap(world_of(t), subsets) for t in places]
    return gap_chart(gaps, places, floors)


def show_variety(worlds: Mapping[str, Mapping[float, DecodedWorld]], noise: float) -> Chart:
    """What is left of the private variation after training, and of the likelihood.

    Args:
        worlds: family → private standard deviation t → what the trained model became.
        noise: σ of the known world.
    """
    places = _places(worlds)
    shares = {}
    for family, by_private in worlds.items():
        omega = next(iter(by_private.values())).seen_share
        true = [t**2 + noise**2 for t in places]
        shares[family] = [kept_variance(variance, omega, noise) / variance for variance in true]
    return variety_chart(worlds, places, shares)


def _places(values: Mapping[str, Mapping[float, object]]) -> list[float]:
    """Where to draw a line of algebra over the private variations of ``values``."""
    of_one = next(iter(values.values()))
    return np.linspace(min(of_one), max(of_one), _PLACES).tolist()


def show_trade_off(models: Mapping[str, Sequence[QualityCoherence]]) -> Chart:
    """Quality against coherence of trained models of images."""
    return trade_off_chart(models)
