"""Pictures of a walk through a latent space: before and after, and what changed."""

from __future__ import annotations

from collections.abc import Mapping

from ...drawing.colours import FAINT, INK, LINE, modality_colours
from ...drawing.sheet import EDGE, HEADING, Cell, Row, draw_sheet, row_height
from ...drawing.svg import Svg, element, heading, label, title
from ...posteriors.generation_figure import EXPECTED, Renderer, datum_cell, read_cell
from .arrays import TraversalAnswer

#: Below this a change is what rounding leaves.
NOTHING = 1e-6
CHANGES_WIDTH, _BAR, _ROOM = 166, 14, 100


def pictures_sheet(answer: TraversalAnswer, texts: Mapping[str, Renderer] | None = None) -> bytes:
    """One row a modality: the sample, framed where it was shown, decoded unmoved, and decoded moved.

    Args:
        answer: the arrays; with a target, its data follow in a last column.
        texts: modality → function that writes a datum as text.
    """
    colours = modality_colours(list(answer.data))
    rows = []
    for name, datum in answer.data.items():
        shown, present = name in answer.shown, name in answer.present
        there = datum_cell(datum, name, texts, frame=colours[name] if shown else None) if present else Cell()
        read = answer.readings.get(name, [None, None])
        cells = [
            there,
            read_cell(answer.unmoved[name], name, texts, read[0], answer.label),
            read_cell(answer.moved[name], name, texts, read[1], None),
        ]
        if answer.target:
            aim = answer.target.get(name)
            cells.append(Cell() if aim is None else datum_cell(aim, name, texts))
        remark = "shown" if shown else "imagined" if present else "missing"
        rows.append(Row(name, remark, colours[name], cells))
    headings = ["sample", "unmoved", "moved", *(["aim"] if answer.target else [])]
    return draw_sheet(rows, headings, notes=bool(answer.readings), corner=EXPECTED)


def changes_figure(answer: TraversalAnswer) -> Svg:
    """How much each modality changes, in line with the rows of the sheet of pictures."""
    colours = modality_colours(list(answer.changes))
    most = max(max(answer.changes.values()), NOTHING)
    step = row_height(bool(answer.readings))
    body = [heading("What changes"), label(0, 30, "mean |moved \u2212 unmoved|", 11, FAINT)]
    for i, (name, change) in enumerate(answer.changes.items()):
        y = HEADING + i * step + (EDGE - _BAR) / 2
        moves = change > NOTHING
        body.append(
            element(
                "rect",
                title(f"{name}: mean absolute change {change:.4f}"),
                x=0,
                y=y,
                width=max(change / most * _ROOM, 1.5) if moves else 1.5,
                height=_BAR,
                fill=colours[name] if moves else LINE,
            )
        )
        body.append(label(0, y - 6, name, 11, FAINT))
        words = f"{change:.3f}" if moves else "stays as it is"
        left = change / most * _ROOM + 8 if moves else 8
        body.append(label(left, y + 12, words, 12, INK if moves else FAINT))
    bottom = HEADING + len(answer.changes) * step
    said = ", ".join(f"{name} {change:.3f}" for name, change in answer.changes.items())
    return Svg(CHANGES_WIDTH, bottom + 8, "".join(body), f"mean change: {said}")
