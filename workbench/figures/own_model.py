"""Charts for a model of one's own: what an error costs under a likelihood, and whether two estimates agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..arrays.agreement import Agreement
from .charts import Chart, quiet
from .colours import ALARM, FAINT, FAMILY_COLOURS, INK


def cost_chart(errors: np.ndarray, costs: Mapping[str, np.ndarray]) -> Chart:
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


def agreement_chart(agreements: Sequence[Agreement]) -> Chart:
    """Two estimates of the same number, sample by sample: their difference with two Monte-Carlo errors.

    Samples whose weights cannot be believed (k̂ above 0.7 for either estimate) are open circles in red.
    """
    figure = Chart(figsize=(11, 3.6), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(agreements)))
    for axes, found in zip(panels, agreements, strict=True):
        for which, colour, face in (
            (~found.unreliable, INK, INK),
            (found.unreliable, ALARM, "white"),
        ):
            axes.errorbar(
                found.reference[which],
                found.difference[which],
                2 * found.error[which],
                linestyle="none",
                marker="o",
                markersize=5,
                color=colour,
                markerfacecolor=face,
                elinewidth=1,
            )
        axes.axhline(0, color=FAINT, linewidth=1)
        share = found.unreliable.mean()
        axes.set(
            title=f"{found.quantity}\n{found.names[0]} less {found.names[1]}; k̂ above 0.7: {share:.0%}",
            xlabel=f"{found.names[1]}, in nats",
            ylabel="difference in nats",
        )
        quiet(axes)
    return figure
