"""Charts for a model of one's own: what an error costs under a likelihood, and whether two estimates agree."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...drawing.charts import Chart, quiet
from ...drawing.colours import FAMILY_COLOURS


def error_cost_chart(errors: np.ndarray, costs: Mapping[str, np.ndarray]) -> Chart:
    """What an error costs: −ln p of an entry that far from its expected value.

    Args:
        errors: distances, (n,), increasing.
        costs: likelihood → nats, (n,); four at most.
    """
    figure = Chart(figsize=(11, 3.4), layout="constrained")
    near, far = figure.subplots(1, 2)
    for axes, reach in ((near, errors[-1] / 30), (far, errors[-1])):
        some = errors <= reach
        for (name, values), colour in zip(costs.items(), FAMILY_COLOURS, strict=False):
            axes.plot(errors[some], values[some], color=colour, linewidth=2, label=name)
        axes.set(xlabel="distance from what was expected", ylabel="cost in nats")
        quiet(axes)
    near.set_title("An ordinary entry")
    far.set_title("A wild one: thirty times as far")
    near.legend(frameon=False)
    return figure
