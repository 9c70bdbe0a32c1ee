"""Charts about private latents, and the sheet of a swap of styles."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ...drawing.charts import Chart, chance_line, quiet
from ...drawing.colours import INK, PALETTE
from ...drawing.sheet import Cell, Row, draw_sheet
from ...posteriors.generation_figure import EXPECTED
from .arrays import PrivateStudy, StyleSwaps

SHARED, PRIVATE = INK, PALETTE[4]


def trade_chart(study: PrivateStudy) -> Chart:
    """What private latents buy and what they cost: reconstruction of a seen view, coherence of unseen ones."""
    figure = Chart(figsize=(11, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    _curve(left, study, "own_nats", SHARED, "o", "")
    left.set(title="What it buys: a seen view", ylabel="−ln p(view | z, w), nats")
    _curve(right, study, "coherence", SHARED, "o", "")
    chance_line(right, study.chance)
    right.set(title="What it costs: unseen views with the right digit", ylabel="share", ylim=(0, None))
    return figure


def whereabouts_chart(study: PrivateStudy) -> Chart:
    """Where digit and background live, and who decides the digit in a swap."""
    figure = Chart(figsize=(13, 3.8), layout="constrained")
    digit, background, swap = figure.subplots(1, 3)
    panels = (
        (digit, "digit_in", "from z", "from w", "Digit that a straight line reads", "accuracy"),
        (background, "background_in", "from z", "from w", "Background colour that it reads", "R²"),
        (swap, "swap_follows", "digit of z", "digit of w", "z of one, w of another: shown is the", "share"),
    )
    for axes, measure, shared, private, title, ylabel in panels:
        _curve(axes, study, f"{measure}_shared", SHARED, "o", shared)
        _curve(axes, study, f"{measure}_private", PRIVATE, "s", private)
        axes.set(title=title, ylabel=ylabel, ylim=(0, 1))
        axes.legend(frameon=False, fontsize=9)
    for axes in (digit, swap):
        chance_line(axes, study.chance)
    return figure


def swap_sheet(swaps: StyleSwaps, colour: str) -> bytes:
    """Columns by the sample that gives z, rows by the one that gives w; below each what a classifier reads."""
    givers = zip(swaps.contents, swaps.content_labels, strict=True)
    corner = Cell(text="z ↓   w →", frame="white")
    head = [corner, *(Cell(view, note=f"digit {label}") for view, label in givers)]
    rows = [Row("gives z", f"{swaps.modality} view", colour, head)]
    for i, style in enumerate(swaps.styles):
        cells = [Cell(style, note=f"digit {swaps.style_labels[i]}", frame=colour)]
        for j, picture in enumerate(swaps.pictures[i]):
            reading, right = swaps.readings[i, j], swaps.content_labels[j]
            mark = "✓" if reading == right else "✗"
            cells.append(Cell(picture, note=f"reads {reading} {mark}", wrong=bool(reading != right)))
        rows.append(Row("gives w", "", colour, cells))
    return draw_sheet(rows, [""] * (len(swaps.contents) + 1), notes=True, corner=EXPECTED)


def _curve(axes: Axes, study: PrivateStudy, name: str, colour: str, marker: str, label: str) -> None:
    values = study.values[name]
    known = ~np.isnan(values).any(1)
    places = np.arange(len(study.private_dims))
    axes.plot(places[known], values[known].mean(1), color=colour, marker=marker, linewidth=2, label=label)
    for place in places[known]:
        of_seeds = values[place]
        axes.plot([place] * len(of_seeds), of_seeds, marker, color=colour, markersize=3, alpha=0.5)
    axes.set(xlabel=f"numbers in w, of {study.total} in z and w together", xlim=(-0.3, len(places) - 0.7))
    axes.set_xticks(places, [str(size) for size in study.private_dims])
    quiet(axes)
