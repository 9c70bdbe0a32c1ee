"""Printed pictures of what mixtures and unequal views cost, in one call each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mopoe import MoPoE

from .analyses.mixture_limits import kept_variance, mean_least_gap
from .arrays.balance import Certainty, LinearBalance, ViewBalance
from .arrays.limits import DecodedWorld, FamilyGap, QualityCoherence
from .datasets import LinearGaussian
from .datasets.linear_gaussian_rescaled import explained_shares
from .figures.balance import cost_chart, explained_chart, words_chart
from .figures.charts import Chart
from .figures.limits import gap_chart, trade_off_chart, variety_chart

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


def show_explained(truth: LinearGaussian, trained: Sequence[LinearBalance]) -> Chart:
    """What trained linear models keep of each view, on the lines that algebra draws."""
    factors = np.geomspace(1, max(one.factor for one in trained), _PLACES).tolist()
    curves = {}
    for latent_dim in sorted({one.latent_dim for one in trained}):
        found = [explained_shares(truth, {"large": 1.0, "small": r}, latent_dim) for r in factors]
        curves[latent_dim] = (
            factors,
            {name: [shares[name] for shares in found] for name in truth.modalities},
        )
    return explained_chart(curves, trained)


def show_words(models: Mapping[float, Sequence[ViewBalance]], guess: Mapping[str, float]) -> Chart:
    """What the weight of a word does for it, and to the picture."""
    return words_chart(models, guess)


def show_cost(trained: Sequence[LinearBalance], claims: Sequence[Certainty]) -> Chart:
    """The rescaled objective above the exact evidence, and claims that are too sure."""
    return cost_chart(trained, claims)
