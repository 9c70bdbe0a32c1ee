"""Pictures of large and small modalities in one call each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...datasets import LinearGaussian
from ...drawing.charts import Chart
from .arrays import Certainty, LinearBalance, ViewBalance
from .charts import explained_chart, rescaling_cost_chart, words_chart
from .exact import explained_shares

# Places on each line of algebra.
_PLACES = 200


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
    return rescaling_cost_chart(trained, claims)
