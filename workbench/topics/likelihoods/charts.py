"""Charts of likelihood estimates: errors of estimators, ladders of bounds, differences between families."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...drawing.charts import MARKERS, ON_LINES, Chart, quiet
from ...drawing.colours import ALARM, FAINT, INK, PALETTE
from .arrays import Agreement, EstimatorErrors, ValuesByPlace


def estimator_chart(errors: EstimatorErrors, places: ValuesByPlace) -> Chart:
    """Left: RMS error of the batch's mean against the number of draws. Right: one image at each place."""
    figure = Chart(figsize=(11, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for i, (name, values) in enumerate(errors.errors.items()):
        rms = np.sqrt(np.square(values).mean(1))
        style = {"color": PALETTE[i], "marker": MARKERS[i]}
        left.loglog(errors.draws, rms, linewidth=2, label=name, **style)
        right.plot(places.values[name], linestyle="none", markersize=4, **style)
    left.set(
        title="Error of the mean NLL of a batch", xlabel="importance draws K", ylabel="RMS error in nats"
    )
    left.legend(frameon=False, fontsize=9)
    right.axhline(places.exact, color=INK, linewidth=1, linestyle="--")
    right.annotate(
        "exact",
        (1, places.exact),
        xycoords=("axes fraction", "data"),
        xytext=(-4, 4),
        textcoords="offset points",
        ha="right",
        color=INK,
        **ON_LINES,
    )
    right.set(
        title="The same image, moved through the batch",
        xlabel="its place in the batch",
        ylabel="its NLL in nats",
    )
    for axes in (left, right):
        quiet(axes)
    return figure


def draws_chart(curves: Mapping[str, Mapping[str, tuple[Sequence[int], np.ndarray]]]) -> Chart:
    """Mean NLL against the number of draws, one panel a family, one colour a proposal, thin lines for seeds.

    Args:
        curves: family → proposal → numbers of draws, and NLL (number of draws, seeds).
    """
    figure = Chart(figsize=(11, 3.4), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(curves)))
    for axes, (family, by_proposal) in zip(panels, curves.items(), strict=True):
        for i, (proposal, (draws, values)) in enumerate(by_proposal.items()):
            values = np.asarray(values)
            axes.semilogx(draws, values, color=PALETTE[i], linewidth=0.8, alpha=0.5, base=2)
            axes.semilogx(
                draws,
                values.mean(1),
                color=PALETTE[i],
                linewidth=2,
                marker=MARKERS[i],
                label=proposal,
                base=2,
            )
        axes.set(title=family, xlabel="importance draws K", xticks=draws)
        axes.set_xticklabels(map(str, draws))
        axes.minorticks_off()
        quiet(axes)
    panels[0].set_ylabel("mean NLL in nats")
    panels[-1].legend(frameon=False, title="proposal")
    panels[0].annotate(
        "thin: one seed each; scales differ",
        (0.98, 0.97),
        xycoords="axes fraction",
        ha="right",
        va="top",
        color=FAINT,
        fontsize=9,
    )
    return figure


def estimate_agreement_chart(agreements: Sequence[Agreement]) -> Chart:
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
