"""Charts of measures of what a model generates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..drawing.charts import Chart, chance_line, quiet
from ..drawing.colours import INK, PALETTE


def coherence_chart(
    observed: Sequence[int], coherence: Sequence[float], error: Sequence[float], chance: float
) -> Chart:
    """Share of imagined pictures that show the right digit, by number of modalities seen, ± 2 standard errors.

    Args:
        observed: numbers of modalities.
        coherence: shares in [0, 1].
        error: their standard errors.
        chance: the share that guessing reaches.
    """
    figure = Chart(figsize=(5.2, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.errorbar(
        observed, coherence, 2 * np.asarray(error), color=PALETTE[0], marker="o", capsize=4, linewidth=2
    )
    for x, y in zip(observed, coherence, strict=True):
        axes.annotate(f"{y:.2f}", (x, y), textcoords="offset points", xytext=(8, -14), color=INK)
    chance_line(axes, chance)
    axes.set(
        title="Imagined pictures that show the right digit",
        xlabel="modalities the model sees",
        ylabel="share",
        ylim=(0, 1),
        xticks=list(observed),
    )
    axes.margins(x=0.15)
    quiet(axes)
    return figure
