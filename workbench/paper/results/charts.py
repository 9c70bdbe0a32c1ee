"""The charts of the paper's numbers, in one call each, with what was published in them."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.drawing.charts import Chart

from .arrays import CurvePanel, MeasuredRow
from .curves_chart import curves_chart
from .published import EXPERIMENT, published

#: What guessing among ten digits reaches.
CHANCE = 0.1


def show_coherence_curves(rows: Sequence[MeasuredRow], level: float = 0.95, about: str = EXPERIMENT) -> Chart:
    """Conditional coherence: left by classifiers in evaluation mode, right with their dropout left on."""
    modes = {"coherence": "Classifiers in evaluation mode", "coherence_legacy": "Their dropout left on"}
    panels = [
        CurvePanel(
            title=title,
            xlabel="modalities the model sees",
            ylabel="unseen modalities with the right digit",
            metric=metric,
            rows=list(rows),
            quoted=published(metric, about=about),
            level=level,
            chance=CHANCE,
        )
        for metric, title in modes.items()
    ]
    return curves_chart(panels)


def show_latent_accuracy_curves(
    rows: Sequence[MeasuredRow], level: float = 0.95, about: str = EXPERIMENT
) -> Chart:
    """How well a linear classifier reads the digit off the latent."""
    panel = CurvePanel(
        title="The digit, read off the latent by a linear classifier",
        xlabel="modalities the model sees",
        ylabel="accuracy",
        metric="latent_accuracy",
        rows=list(rows),
        quoted=published("latent_accuracy", about=about),
        level=level,
        chance=CHANCE,
    )
    return curves_chart([panel])
