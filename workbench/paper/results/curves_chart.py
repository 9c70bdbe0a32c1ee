"""The paper's curves by number of modalities: measured with intervals, quoted dashed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer

from ...drawing.charts import MARKERS, Chart, chance_line, quiet
from ...drawing.colours import FAMILY_COLOURS, PALETTE
from ...uncertainty import student_reach
from .arrays import FAMILY_ORDER, CurvePanel, MeasuredRow, Quoted

_QUOTED_MARKERS = ("x", "+", "1", "2")
_APART = 0.07  # of one modality, between lines whose bars would lie on each other


def curves_chart(panels: Sequence[CurvePanel]) -> Chart:
    """One panel beside the other; bars are intervals over seeds, which a single seed does not have."""
    figure = Chart(figsize=(2.5 + 4.5 * len(panels), 5.2), layout="constrained")
    sources = list(dict.fromkeys(quote.short for panel in panels for quote in panel.quoted))
    for axes, panel in zip(
        figure.subplots(1, len(panels), sharey=True, squeeze=False)[0], panels, strict=True
    ):
        _panel(axes, panel, sources)
    named = (pair for axes in figure.axes for pair in zip(*axes.get_legend_handles_labels(), strict=True))
    # Measured ones first.
    ordered = sorted(named, key=lambda pair: not isinstance(pair[0], ErrorbarContainer))
    handles = {label: handle for handle, label in ordered}
    figure.legend(
        handles=list(handles.values()),
        labels=list(handles),
        loc="outside lower center",
        frameon=False,
        ncols=len(panels) + 1,
        fontsize=9,
        title=f"bars: {panels[0].level:.0%} intervals over seeds; dashed: quoted",
        title_fontsize=9,
    )
    return figure


def _panel(axes: Axes, panel: CurvePanel, sources: Sequence[str]) -> None:
    drawn = [row for row in panel.rows if row.curve(panel.metric)]
    for i, row in enumerate(drawn):
        _measured(axes, row, panel, i, (i - (len(drawn) - 1) / 2) * _APART)
    for quote in panel.quoted:
        _quoted(axes, quote, _QUOTED_MARKERS[sources.index(quote.short) % len(_QUOTED_MARKERS)])
    chance_line(axes, panel.chance)
    places = {x for row in drawn for x in row.curve(panel.metric)} | {
        x for q in panel.quoted for x in q.values
    }
    axes.set(title=panel.title, xlabel=panel.xlabel, ylabel=panel.ylabel, ylim=(0, 1), xticks=sorted(places))
    quiet(axes)


def _measured(axes: Axes, row: MeasuredRow, panel: CurvePanel, style: int, aside: float) -> None:
    curve = row.curve(panel.metric)
    axes.errorbar(
        np.array(list(curve)) + aside,
        [found.value for found in curve.values()],
        [student_reach(found, panel.level) for found in curve.values()],
        color=_colour(row.family),
        marker=MARKERS[style % len(MARKERS)],
        markersize=5,
        linewidth=1.8,
        elinewidth=1.2,
        capsize=3,
        label=row.label,
    )


def _quoted(axes: Axes, quote: Quoted, marker: str) -> None:
    axes.plot(
        list(quote.values),
        list(quote.values.values()),
        color=_colour(quote.family),
        marker=marker,
        linestyle="--",
        linewidth=1,
        alpha=0.8,
        label=f"{quote.family}, quoted: {quote.short}",
    )


def _colour(family: str) -> str:
    if family in FAMILY_ORDER:
        return FAMILY_COLOURS[FAMILY_ORDER.index(family)]
    return PALETTE[0]
