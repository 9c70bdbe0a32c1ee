"""Pictures of walks through the latent space in one call each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...drawing.charts import Chart
from .arrays import Readings
from .charts import flips_chart, use_chart, view_agreement_chart


def show_use(
    by_model: Mapping[str, Mapping[str, np.ndarray]], modalities: list[str], collapsed: float
) -> Chart:
    """One panel a model: nats of every latent dimension, for each modality alone and for all together.

    Args:
        by_model: heading of a panel → belief → nats, (D,); a belief that is no modality is drawn black.
        modalities: all names, in order.
        collapsed: nats of a dimension about which no expert says anything.
    """
    return use_chart(by_model, modalities, collapsed)


def show_consistency(walks: Mapping[str, Readings], title: str) -> Chart:
    """At each step the share of the walks in which all views are read alike, and what chance would bring.

    Args:
        walks: name → walks with the same places; one thin line each, their mean thick.
        title: of the chart.
    """
    return view_agreement_chart(walks, title)


def show_flips(lines: Readings, title: str) -> Chart:
    """One panel a view: shares of the lines that are read as their start, as a third thing, as their end."""
    return flips_chart(lines, title)
