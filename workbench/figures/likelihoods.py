"""Charts of likelihood estimates: errors of estimators, ladders of bounds, differences between families."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import EstimatorErrors, Ladder, ValuesByPlace
from .charts import Chart, quiet
from .colours import FAINT, INK, PALETTE

MARKERS = ("o", "s", "D", "^", "v")
ON_LINES: dict[str, Any] = {"bbox": {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}}


@dataclass(frozen=True)
class Bar:
    """One row of a forest plot: a point with two intervals."""

    label: str
    value: float
    thick: tuple[float, float]
    thin: tuple[float, float]


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


def ladder_chart(ladder: Ladder) -> Chart:
    """Lower bounds as points on one line of nats, loosest on top, with two Monte-Carlo errors."""
    figure = Chart(figsize=(7, 0.4 * len(ladder.names) + 1.2), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(ladder.names))
    axes.errorbar(
        ladder.values,
        rows,
        xerr=2 * np.asarray(ladder.errors),
        color=PALETTE[0],
        marker="o",
        linestyle="none",
        capsize=3,
    )
    for row, value, error in zip(rows, ladder.values, ladder.errors, strict=True):
        axes.annotate(
            f"{value:.2f}".replace("-", "−"),
            (value - 2 * error, row),
            textcoords="offset points",
            xytext=(-8, 0),
            ha="right",
            va="center",
        )
    if ladder.evidence is not None:
        axes.axvline(ladder.evidence, color=INK, linewidth=1, linestyle="--")
        axes.annotate(
            f"exact ln p(x) {ladder.evidence:.2f}".replace("-", "−"),
            (ladder.evidence, 0),
            xytext=(-5, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            color=INK,
        )
    axes.set(title="Lower bounds of ln p(x)", xlabel="nats, mean over samples", yticks=rows)
    axes.set_yticklabels(ladder.names)
    axes.set_ylim(len(rows) - 0.5, -0.7)
    axes.margins(x=0.2)
    quiet(axes)
    return figure


def forest_chart(
    groups: Mapping[str, Sequence[Bar]], thick: str, thin: str, title: str, xlabel: str
) -> Chart:
    """Differences as points with two intervals, one above the other; one panel a group.

    Args:
        groups: heading of a panel → its rows; all panels have the same labels.
        thick: what the upper, thick interval is.
        thin: what the lower, thin one is.
        title: of the chart.
        xlabel: of the axis.
    """
    some = next(iter(groups.values()))
    figure = Chart(figsize=(11, 0.65 * len(some) + 1.7), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(groups), sharey=True, sharex=True))
    for axes, (heading, bars) in zip(panels, groups.items(), strict=True):
        axes.axvline(0, color=INK, linewidth=1, linestyle="--")
        for row, bar in enumerate(bars):
            colour = PALETTE[row % len(PALETTE)]
            for name, interval, y, width in (
                (thick, bar.thick, row - 0.1, 4),
                (thin, bar.thin, row + 0.1, 1.2),
            ):
                axes.plot(interval, (y, y), color=colour, linewidth=width, label=name)
                axes.plot(bar.value, y, color=INK, marker="|", markersize=9)
            place = {"xytext": (0, 7), "textcoords": "offset points", "ha": "center"}
            axes.annotate(_signed(bar.value), (bar.value, row - 0.1), **place, **ON_LINES)
        axes.set(title=heading, xlabel=xlabel, yticks=range(len(bars)), ylim=(len(bars) - 0.5, -0.7))
        axes.set_yticklabels([bar.label for bar in bars])
        quiet(axes)
    figure.suptitle(title)
    handles = panels[0].get_legend_handles_labels()[0][:2]
    figure.legend(handles=handles, loc="outside lower right", frameon=False, ncols=2, fontsize=9)
    return figure


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


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
