"""The bounds of all subsets below ln p(x), what each lacks, and what β and missing modalities do to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ...drawing.charts import Chart, membership_dots, quiet
from ...drawing.colours import FAINT, INK, PALETTE, PRIOR, modality_colours, shade
from ...numerals import numeral
from ..families.looks import FUSION_LOOKS
from .arrays import Ladder, SubsetBounds


def subset_bounds_chart(found: SubsetBounds) -> Chart:
    """Left: who belongs to a subset. Middle: its bound below ln p(x). Right: what the gap is made of."""
    order = np.argsort(found.gaps.mean(-1))
    subsets = [found.subsets[i] for i in order]
    n, evidence = len(subsets), float(found.evidence.mean())
    figure = Chart(figsize=(11, 0.45 * n + 1.7), layout="constrained")
    who, bound, parts = figure.subplots(1, 3, width_ratios=(1, 4, 4))
    membership_dots(who, subsets, found.modalities)
    elbos, average = found.elbos.mean(-1)[order], float(found.elbos.mean())
    bound.barh(range(n), evidence - elbos, left=elbos, height=0.5, color="#D4D4D4")
    bound.plot(elbos, range(n), "|", color=INK, markersize=13, markeredgewidth=2.5)
    for row, elbo in enumerate(elbos):
        bound.text(elbo, row, f"{numeral(elbo)} ", ha="right", va="center", fontsize=9)
    for value, text, style in ((evidence, "ln p(x)", "--"), (average, "mean of all:\ngeneralised ELBO", ":")):
        bound.plot((value, value), (n - 0.4, -0.5), color=INK, linewidth=1, linestyle=style)
        bound.text(value, -0.6, text, ha="center", va="bottom", fontsize=9)
    bound.set(xlabel="nats, mean over samples", yticks=[], ylim=(n - 0.4, -1.6))
    bound.set_title("The bound of each subset")
    bound.use_sticky_edges = False  # or the longest bar and its mark end on the frame
    bound.margins(x=0.15)
    bound.spines[["top", "right", "left"]].set_visible(False)
    who.set_ylim(n - 0.4, -1.6)
    _parts(parts, found, order)
    return figure


def beta_chart(betas: Sequence[float], objectives: Mapping[str, Sequence[float]], evidence: float) -> Chart:
    """The objective of each family as β moves, and ln p(x), which it should stay below.

    Args:
        betas: places on the axis.
        objectives: "product", "mixture" or "MoPoE" → value at each, nats.
        evidence: exact ln p(x), nats.
    """
    figure = Chart(figsize=(7, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.axhline(evidence, color=INK, linewidth=1, linestyle="--")
    axes.axvline(1, color=FAINT, linewidth=1, linestyle=":")
    axes.annotate(
        "ln p(x)", (max(betas), evidence), xytext=(0, 4), textcoords="offset points", ha="right", color=INK
    )
    for name, values in objectives.items():
        look = FUSION_LOOKS[name]
        axes.plot(betas, values, **look.line, label=name)
        axes.plot(1, np.interp(1, betas, values), "o", color=look.colour)
    axes.set(title="The objective as β moves (dots: β = 1)", xlabel="β", ylabel="nats, mean over samples")
    axes.legend(frameon=False)
    quiet(axes)
    return figure


def mixture_weights_chart(
    weights: np.ndarray, subsets: Sequence[Sequence[str]], modalities: Sequence[str], samples: Sequence[str]
) -> Chart:
    """The weight of each subset in the mixture of each sample.

    Args:
        weights: (S, B), columns sum to 1.
        subsets: one a row.
        modalities: all names.
        samples: what to write above each column.
    """
    n = len(subsets)
    figure = Chart(figsize=(2.2 + 1.6 * len(samples), 0.36 * n + 1.2), layout="constrained")
    who, table = figure.subplots(1, 2, width_ratios=(1, 0.8 * len(samples)))
    membership_dots(who, subsets, modalities)
    for row, line in enumerate(weights):
        for column, weight in enumerate(line):
            face = shade(float(weight)) if weight > 0 else "white"
            table.add_patch(_box(column, row, face))
            text = f"{weight:.2f}".lstrip("0") if weight > 0 else "·"
            ink = "white" if 0 < weight < 0.6 else INK
            table.text(column, row, text, ha="center", va="center", color=ink)
    table.set(xlim=(-0.5, len(samples) - 0.5), ylim=(n - 0.4, -1.0), yticks=[])
    table.set_xticks(range(len(samples)), samples)
    table.xaxis.tick_top()
    table.tick_params(length=0)
    table.spines[:].set_visible(False)
    table.set_title("Weight in the mixture, by what was observed")
    return figure


def _parts(axes: Axes, found: SubsetBounds, order: np.ndarray) -> None:
    """What each modality is explained worse than by the exact posterior, and what the divergence saves."""
    colours = modality_colours(found.modalities)
    lost, saved = found.lost()[order], found.saved()[order]
    for row, i in enumerate(order):
        left = 0.0
        for column, name in enumerate(found.modalities):
            value = max(float(lost[row, column]), 0.0)
            seen = name in found.subsets[i]
            axes.barh(
                row,
                value,
                left=left,
                height=0.5,
                color=colours[name],
                alpha=1 if seen else 0.45,
                hatch=None if seen else "////",
                edgecolor="white",
                linewidth=0,
            )
            left += value
        gains = -np.minimum(lost[row], 0).sum() + max(float(saved[row]), 0.0)
        axes.barh(row, -gains, height=0.5, color=PRIOR)
        axes.text(left, row, f" gap {found.gaps[i].mean():.2f}", va="center", fontsize=9)
    axes.plot((0, 0), (len(order) - 0.4, -0.5), color=INK, linewidth=1)
    axes.set(title="What the gap is made of", xlabel="nats", yticks=[], ylim=(len(order) - 0.4, -1.6))
    key = (
        "colour: a modality explained worse than it could be; hatched: not seen\n"
        "grey: what a smaller divergence saves"
    )
    axes.text(0.02, 0.98, key, transform=axes.transAxes, va="top", fontsize=8.5, color=FAINT)
    axes.margins(x=0.2)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _box(column: float, row: float, colour: str) -> Rectangle:
    return Rectangle((column - 0.46, row - 0.44), 0.92, 0.88, facecolor=colour, edgecolor="#DDDDDD")


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
            numeral(value),
            (value - 2 * error, row),
            textcoords="offset points",
            xytext=(-8, 0),
            ha="right",
            va="center",
        )
    if ladder.evidence is not None:
        axes.axvline(ladder.evidence, color=INK, linewidth=1, linestyle="--")
        axes.annotate(
            f"exact ln p(x) {numeral(ladder.evidence)}",
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
