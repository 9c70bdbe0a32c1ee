"""Charts of walks through a latent space: nats by dimension, agreement of the views, where readings flip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...drawing.charts import MARKERS, Chart, quiet
from ...drawing.colours import FAINT, INK, modality_colours
from .arrays import Readings

_THIRD = "#D9D9D9"


def use_chart(
    by_model: Mapping[str, Mapping[str, np.ndarray]], modalities: list[str], collapsed: float
) -> Chart:
    """One panel a model: nats of every latent dimension, for each modality alone and for all together.

    Args:
        by_model: heading of a panel → belief → nats, (D,); a belief that is no modality is drawn black.
        modalities: all names, in order.
        collapsed: nats of a dimension about which no expert says anything.
    """
    figure = Chart(figsize=(3.7 * len(by_model), 3.6), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(by_model), sharey=True))
    colours = modality_colours(modalities)
    for axes, (heading, beliefs) in zip(panels, by_model.items(), strict=True):
        for marker, (name, nats) in zip(MARKERS, beliefs.items(), strict=False):
            ranks = np.arange(1, len(nats) + 1)
            axes.plot(ranks, nats, color=colours.get(name, INK), marker=marker, markersize=5, label=name)
        axes.axhline(collapsed, color=FAINT, linestyle=":", label="all, no expert says anything")
        axes.set(title=heading, xlabel="latent dimension, most used first", ylim=(0, None))
        axes.set_xticks(ranks)
        quiet(axes)
    panels[0].set_ylabel("KL to the prior in nats")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", frameon=False, ncols=len(labels))
    return figure


def view_agreement_chart(walks: Mapping[str, Readings], title: str) -> Chart:
    """At each step the share of the walks in which all views are read alike, and what chance would bring.

    Args:
        walks: name → walks with the same places; one thin line each, their mean thick.
        title: of the chart.
    """
    figure = Chart(figsize=(7.5, 3.6), layout="constrained")
    axes = figure.subplots()
    some = next(iter(walks.values()))
    curves = np.array([found.alike.mean(0) for found in walks.values()])
    chance = np.mean([found.alike_by_chance.mean(0) for found in walks.values()], 0)
    if len(curves) > 1:
        axes.plot(some.places, curves[0], color="#BDBDBD", linewidth=1, label="one axis")
        axes.plot(some.places, curves[1:].T, color="#BDBDBD", linewidth=1)
    mean = "mean of all axes" if len(curves) > 1 else "views of one walk"
    axes.plot(some.places, curves.mean(0), color=INK, linewidth=2.5, marker="o", markersize=4, label=mean)
    axes.plot(some.places, chance, color=FAINT, linestyle=":", label="views of different walks")
    figure.legend(loc="outside lower center", frameon=False, ncols=3)
    axes.set(title=title, xlabel=some.unit, ylabel="share read alike in all views", ylim=(0, 1))
    quiet(axes)
    return figure


def flips_chart(lines: Readings, title: str) -> Chart:
    """One panel a view: shares of the lines that are read as their start, as a third thing, as their end."""
    shares = lines.shares()
    figure = Chart(figsize=(3.7 * len(shares), 3.6), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(shares), sharey=True))
    colours = modality_colours(list(shares))
    for axes, (name, parts) in zip(panels, shares.items(), strict=True):
        fills = [_lighter(colours[name]), _THIRD, colours[name]]
        words = _words(parts)
        axes.stackplot(lines.places, parts, colors=fills)
        for x, y, word in words:
            axes.annotate(word, (x, y), ha="center", va="center", color=INK, fontsize=9)
        axes.set(title=name, xlabel=lines.unit, ylim=(0, 1), xlim=(0, 1))
    panels[0].set_ylabel("share of the lines")
    figure.suptitle(title)
    return figure


def _words(parts: np.ndarray) -> Sequence[tuple[float, float, str]]:
    """Where to write on a stack of three: the first and the last near their ends, the second where it is widest."""
    widest = int(parts[1].argmax())
    middle = parts[0, widest] + parts[1, widest] / 2
    place = widest / max(parts.shape[1] - 1, 1)
    return [(0.13, 0.3, "start"), (0.87, 0.7, "end"), (place, float(middle), "something\nelse")]


def _lighter(colour: str) -> str:
    """Half way to white."""
    return "#" + "".join(f"{(int(colour[i : i + 2], 16) + 255) // 2:02x}" for i in (1, 3, 5))
