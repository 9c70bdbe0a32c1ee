"""Many runs in one picture: each metric along one parameter."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from ..drawing.charts import MARKERS, Chart, quiet
from ..drawing.colours import FAINT, PALETTE
from .arrays import SweepLine, SweepPanel, SweepSummary

MOST_PANELS, MOST_LABELS = 12, 24
_STROKES = ("-", "--", ":", "-.")
_MOST_TICKS, _LONGEST_TICK = 8, 18


def sweep_chart(summary: SweepSummary) -> Chart:
    """A panel a metric, a line a combination of the other parameters; bars are ± 1 standard error."""
    shown = summary.panels[:MOST_PANELS]
    columns = min(len(shown), 3 if len(shown) != 4 else 2)
    rows = math.ceil(len(shown) / columns)
    lines = [line for panel in shown for line in panel.lines]
    labelled = {line.label: line for line in lines if line.label}
    figure = Chart(
        figsize=(3.9 * max(columns, 1.5), 2.9 * rows + 0.5 + 0.22 * math.ceil(len(labelled) / 3)),
        layout="constrained",
    )
    panels = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    for axes, panel in zip(panels, shown, strict=False):
        _draw(axes, panel, summary)
    for axes in panels[len(shown) :]:
        axes.remove()
    handles = [_handle(panels[0], line) for line in list(labelled.values())[:MOST_LABELS]]
    if handles:
        figure.legend(handles=handles, loc="outside lower center", frameon=False, ncols=3, fontsize=8)
    figure.suptitle(_caption(summary, len(shown)), fontsize=9, color=FAINT)
    return figure


def _draw(axes: Axes, panel: SweepPanel, summary: SweepSummary) -> None:
    for line in panel.lines:
        colour, marker, stroke = _look(line)
        axes.plot(
            line.run_x, line.run_value, linestyle="none", marker=".", markersize=4, color=colour, alpha=0.45
        )
        axes.errorbar(
            line.x,
            line.mean,
            line.error if summary.error else None,
            color=colour,
            marker=marker,
            markersize=4.5,
            linestyle=stroke if summary.connected else "none",
            linewidth=1.6,
            capsize=3,
        )
    axes.set_title(panel.metric, fontsize=10)
    axes.set(xlabel=summary.parameter, ylabel=panel.unit or "no unit")
    if summary.logarithmic:
        axes.set_xscale("log")
    ticks = summary.ticks[:: math.ceil(len(summary.ticks) / _MOST_TICKS)]
    axes.set_xticks([place for place, _ in ticks], [_short(words) for _, words in ticks])
    axes.minorticks_off()
    axes.margins(x=0.08)
    quiet(axes)


def _look(line: SweepLine) -> tuple[str, str, str]:
    return (
        PALETTE[line.colour % len(PALETTE)],
        MARKERS[line.style % len(MARKERS)],
        _STROKES[line.style % len(_STROKES)],
    )


def _handle(axes: Axes, line: SweepLine) -> object:
    colour, marker, stroke = _look(line)
    (handle,) = axes.plot([], [], color=colour, marker=marker, linestyle=stroke, label=line.label)
    return handle


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_TICK else words[: _LONGEST_TICK - 1] + "…"


def _caption(summary: SweepSummary, shown: int) -> str:
    words = [
        f"Marks: means over {summary.averaged}; thin points: runs." if summary.averaged else "Marks: runs."
    ]
    if summary.error:
        words.append(f"Bars: ± 1 standard error {summary.error}.")
    if shown < len(summary.panels):
        words.append(f"{shown} of {len(summary.panels)} metrics; all are in the table.")
    if summary.doubtful:
        numbers = f"{summary.doubtful} number{'s' * (summary.doubtful > 1)}"
        words.append(f"{numbers} must not be believed; the table says which, and why.")
    return " ".join(words)
