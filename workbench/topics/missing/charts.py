"""Charts about missing modalities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ...drawing.charts import MARKERS, Chart, chance_line, quiet
from ...drawing.colours import INK, PALETTE, shade
from .arrays import ByObserved, MissingStudy, SubsetWeights

WAY_COLOURS = (INK, PALETTE[4])


def subset_weights_chart(found: SubsetWeights) -> Chart:
    """A table of weights: one row a subset of the mixture, one column a set of observed modalities."""
    rows, columns = found.weights.shape
    figure = Chart(figsize=(1.25 * columns + 1.5, 0.44 * rows + 1.1), layout="constrained")
    axes = figure.subplots()
    for row in range(rows):
        for column in range(columns):
            _weight(axes, column, row, float(found.weights[row, column]))
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), xticks=range(columns), yticks=range(rows))
    axes.set_xticklabels([" + ".join(names) for names in found.observed], fontsize=9)
    axes.set_yticklabels([" + ".join(names) for names in found.subsets], fontsize=9)
    axes.set(
        title="Weight of each subset in a sample's mixture", xlabel="what the sample shows", ylabel="subset"
    )
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def by_observed_chart(groups: Sequence[ByObserved]) -> Chart:
    """Left: values, exact as bars and estimates as dots. Right: the differences in standard errors."""
    figure = Chart(figsize=(11, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    places = np.arange(len(groups[0].observed))
    width = 0.8 / len(groups)
    for i, found in enumerate(groups):
        at = places + (i - (len(groups) - 1) / 2) * width
        colour = PALETTE[i]
        left.bar(at, found.exact, 0.9 * width, color=colour, alpha=0.35, label=f"{found.quantity}, exact")
        left.plot(at, found.estimate, "o", color=colour, markersize=5, label=f"{found.quantity}, estimated")
        right.plot(at, found.standardised, "o", color=colour, label=found.quantity)
    right.axhspan(-2, 2, color="#EEEEEE", zorder=0)
    right.axhline(0, color=INK, linewidth=1)
    labels = [f"{'+'.join(names)}\nn = {n}" for names, n in zip(groups[0].observed, groups[0].n, strict=True)]
    for axes in (left, right):
        axes.set_xticks(places, labels, fontsize=8)
        quiet(axes)
    left.set(title="By what the sample shows", ylabel="nats")
    left.legend(frameon=False, fontsize=9)
    reach = max(3.0, *(1.1 * float(np.abs(found.standardised).max()) for found in groups))
    right.set(title="Estimate less exact answer", ylabel="standard errors", ylim=(-reach, reach))
    right.legend(frameon=False, fontsize=9)
    return figure


def study_chart(study: MissingStudy) -> Chart:
    """Coherence and NLL by missing rate, one line a way to train; small dots are seeds."""
    figure = Chart(figsize=(11, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    ways = list(dict.fromkeys(way for way, _ in study.coherence))
    for i, way in enumerate(ways):
        # Without missing entries both ways are one: every line starts from there.
        rates = [rate for rate in study.rates if (way, rate) in study.coherence or rate == 0]
        keys = [(way, rate) if (way, rate) in study.coherence else (ways[0], rate) for rate in rates]
        for axes, values in (
            (left, [study.coherence[key] for key in keys]),
            (right, [study.nll[key].mean(1) for key in keys]),
        ):
            style = {"color": WAY_COLOURS[i], "marker": MARKERS[i]}
            axes.plot(rates, [of_seeds.mean() for of_seeds in values], linewidth=2, label=way, **style)
            for rate, of_seeds in zip(rates, values, strict=True):
                axes.plot(
                    [rate] * len(of_seeds), of_seeds, linestyle="none", markersize=3, alpha=0.5, **style
                )
    chance_line(left, study.chance)
    left.set(title="Unseen views that show the right digit", ylabel="share", ylim=(0, None))
    right.set(title="NLL of complete test samples", ylabel="nats, lower is better")
    for axes in (left, right):
        axes.set(xlabel="chance of each view to be hidden in training", xticks=study.rates)
        axes.xaxis.set_major_formatter("{x:.0%}")
        quiet(axes)
    left.legend(frameon=False, fontsize=9)
    return figure


def _weight(axes: Axes, column: int, row: int, weight: float) -> None:
    filled = weight > 0
    colour = shade(0.15 + 0.85 * weight) if filled else "#F4F4F4"
    axes.add_patch(Rectangle((column - 0.46, row - 0.44), 0.92, 0.88, facecolor=colour, edgecolor="none"))
    words = f"1/{round(1 / weight)}" if filled and weight < 1 else f"{weight:.0f}"
    ink = "white" if filled and weight < 0.5 else INK if filled else "#BBBBBB"
    axes.text(column, row, words, ha="center", va="center", color=ink, fontsize=10)
