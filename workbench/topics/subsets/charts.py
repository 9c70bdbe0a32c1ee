"""Charts of all subsets' beliefs: how far they go, who decides, what they imagine, and when they are wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ...drawing.charts import MARKERS, Chart, quiet
from ...drawing.colours import FAINT, INK, PRIOR, modality_colours
from ...uncertainty import standard_error
from .arrays import Rates, SubsetBeliefs


def evidence_chart(beliefs: SubsetBeliefs) -> Chart:
    """One row a subset. Left: mean KL to the prior, two standard errors. Right: shares of the precision."""
    figure = Chart(figsize=(11, _height(beliefs)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    rows = np.arange(len(beliefs.subsets))
    error = 2 * standard_error(beliefs.kl, axis=1)
    mean = beliefs.kl.mean(1)
    left.barh(rows, mean, xerr=error, color="#C9C9C9", ecolor=INK, height=0.6)
    for row, value in zip(rows, mean, strict=True):
        left.annotate(
            f"{value:.1f}", (value, row), xytext=(10, 0), textcoords="offset points", va="center", color=INK
        )
    left.set(title="How far the belief is from the prior", xlabel="KL to the prior in nats, ± 2 s.e.")
    left.set_xlim(0, 1.15 * mean.max())
    colours = {**modality_colours(beliefs.modalities), "prior": PRIOR}
    for place, subset in enumerate(beliefs.subsets):
        start = 0.0
        for name, share in beliefs.shares[subset].items():
            right.barh(place, share, left=start, color=colours[name], height=0.6, edgecolor="white")
            if share > 0.06:
                _inside(right, name, share, start, place)
            start += share
    right.set(title="Who decides", xlabel="share of the precision, mean over dimensions", xlim=(0, 1))
    _name_rows(left, beliefs)
    for axes in (left, right):
        quiet(axes)
        axes.grid(visible=False)
    return figure


def answers_chart(beliefs: SubsetBeliefs, chance: float) -> Chart:
    """One row a subset: the share of imagined views that show the right digit, a marker a view.

    Args:
        beliefs: the arrays.
        chance: what guessing reaches.
    """
    figure = Chart(figsize=(8.5, _height(beliefs) + 0.3), layout="constrained")
    axes = figure.subplots()
    rows, colours = np.arange(len(beliefs.subsets)), modality_colours(beliefs.modalities)
    everything = np.array([hits.mean(1) for hits in beliefs.right.values()])
    axes.hlines(rows, everything.min(0), everything.max(0), color="#DADADA", linewidth=3, zorder=1)
    for marker, (name, hits) in zip(MARKERS, beliefs.right.items(), strict=False):
        error = 2 * standard_error(hits, axis=1)
        axes.errorbar(
            hits.mean(1),
            rows,
            xerr=error,
            color=colours[name],
            marker=marker,
            linestyle="none",
            markersize=7,
            label=f"{name} imagined",
        )
    axes.axvline(chance, color=FAINT, linestyle=":")
    axes.annotate(
        "chance", (chance, 0), xytext=(4, 8), textcoords="offset points", color=FAINT, annotation_clip=False
    )
    axes.set(
        title="Imagined pictures and words that show the right digit", xlabel="share, ± 2 s.e.", xlim=(0, 1)
    )
    figure.legend(loc="outside lower right", frameon=False, ncols=len(everything))
    _name_rows(axes, beliefs)
    axes.set_ylabel("the model sees")
    quiet(axes)
    axes.grid(visible=False)
    return figure


def rates_chart(rates: Sequence[Rates], title: str, ylabel: str) -> Chart:
    """One panel a score: the mean in each group, two standard errors, and how many samples it has."""
    figure = Chart(figsize=(3.6 * len(rates), 3.4), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(rates), sharey=True))
    for axes, found in zip(panels, rates, strict=True):
        places = range(len(found.means))
        axes.bar(
            places, found.means, yerr=2 * found.errors, color="#C9C9C9", ecolor=INK, capsize=4, width=0.7
        )
        for place, mean in zip(places, found.means, strict=True):
            axes.annotate(f"{mean:.2f}", (place, 0.02), ha="center", color=INK)
        names = [f"{name}\n({size})" for name, size in zip(found.groups, found.sizes, strict=True)]
        axes.set(title=found.score, ylim=(0, 1), xticks=places)
        axes.set_xticklabels(names)
        quiet(axes)
    panels[0].set_ylabel(ylabel)
    figure.suptitle(title)
    figure.supxlabel("in brackets: samples in the group", fontsize=9, color=FAINT)
    return figure


def _height(beliefs: SubsetBeliefs) -> float:
    return 0.32 * len(beliefs.subsets) + 1.4


def _name_rows(axes: Axes, beliefs: SubsetBeliefs) -> None:
    """The first subset on top."""
    rows = len(beliefs.subsets)
    axes.set(yticks=range(rows), ylim=(rows - 0.4, -0.6))
    axes.set_yticklabels(beliefs.names)


def _inside(axes: Axes, name: str, share: float, start: float, row: int) -> None:
    axes.annotate(
        f"{name} {share:.0%}" if share > 0.2 else f"{share:.0%}",
        (start + share / 2, row),
        ha="center",
        va="center",
        color="white",
        fontsize=9,
    )
