"""Charts of training and of metrics, drawn by matplotlib without its global state."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..numerals import numeral
from .colours import FAINT, INK, PALETTE, modality_colours


class Chart(Figure):
    """A matplotlib figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()

    def svg(self) -> str:
        """The chart as an SVG document, the same for the same numbers."""
        buffer = io.StringIO()
        with matplotlib.rc_context({"svg.hashsalt": "chart"}):
            self.savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue()


def quiet(axes: Axes) -> None:
    """No box, faint horizontal lines behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#EEEEEE")
    axes.set_axisbelow(True)


def chance_line(axes: Axes, chance: float) -> None:
    """What guessing reaches, dotted, with its name above the line at the left."""
    axes.axhline(chance, color=FAINT, linestyle=":", linewidth=1)
    place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    axes.annotate("chance", (0.01, chance), xytext=(0, 3), color=FAINT, fontsize=9, **place)


#: For series that must be told apart without colour, by position.
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
#: A text that is to be read in front of lines.
ON_LINES: dict[str, Any] = {"bbox": {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}}


@dataclass(frozen=True)
class ForestPoint:
    """One row of a forest plot: a point with two intervals."""

    label: str
    value: float
    thick: tuple[float, float]
    thin: tuple[float, float]


def forest_chart(
    groups: Mapping[str, Sequence[ForestPoint]], thick: str, thin: str, title: str, xlabel: str
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
            axes.annotate(numeral(bar.value, "+.1f"), (bar.value, row - 0.1), **place, **ON_LINES)
        axes.set(title=heading, xlabel=xlabel, yticks=range(len(bars)), ylim=(len(bars) - 0.5, -0.7))
        axes.set_yticklabels([bar.label for bar in bars])
        quiet(axes)
    figure.suptitle(title)
    handles = panels[0].get_legend_handles_labels()[0][:2]
    figure.legend(handles=handles, loc="outside lower right", frameon=False, ncols=2, fontsize=9)
    return figure


def membership_dots(axes: Axes, subsets: Sequence[Sequence[str]], modalities: Sequence[str]) -> None:
    """One row a subset, one column a modality: a full dot for a member, a faint one for the others."""
    colours = modality_colours(list(modalities))
    for row, subset in enumerate(subsets):
        members = [i for i, name in enumerate(modalities) if name in subset]
        axes.plot(members, [row] * len(members), color=FAINT, linewidth=1.5, zorder=1)
        for column, name in enumerate(modalities):
            face = colours[name] if name in subset else "#E8E8E8"
            axes.plot(column, row, "o", color=face, markersize=8, zorder=2)
    axes.set(xlim=(-0.6, len(modalities) - 0.4), ylim=(len(subsets) - 0.4, -1.0), yticks=[])
    axes.set_xticks(range(len(modalities)), modalities, rotation=45, ha="right")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
