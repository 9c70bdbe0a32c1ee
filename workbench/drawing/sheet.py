"""A sheet of tiles: rows of pictures with names on the left and headings on top, drawn by Pillow."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

from .colours import FAINT, INK
from .lettering import fitted, fitted_line, font, spacing
from .tiles import tile

EDGE, GAP, NAME_WIDTH, HEADING, NOTE = 72, 10, 126, 28, 18
# Groups of columns stand apart, each below a title.
BREAK, TITLE = 22, 26


@dataclass(frozen=True)
class Cell:
    """One place of a sheet: a picture, a text, or an empty place with a question mark."""

    values: np.ndarray | None = None
    text: str | None = None
    note: str = ""
    frame: str | None = None
    wrong: bool = False


@dataclass(frozen=True)
class Row:
    """One row of a sheet with its name, a remark below the name, and a colour."""

    name: str
    remark: str
    colour: str
    cells: Sequence[Cell] = field(default_factory=tuple)


def draw_sheet(
    rows: Sequence[Row],
    headings: Sequence[str],
    *,
    notes: bool = False,
    groups: Mapping[int, str] | None = None,
    corner: str = "",
) -> bytes:
    """The sheet as PNG; see :func:`paint_sheet`."""
    return to_png(paint_sheet(rows, headings, notes=notes, groups=groups, corner=corner))


def paint_sheet(
    rows: Sequence[Row],
    headings: Sequence[str],
    *,
    notes: bool = False,
    groups: Mapping[int, str] | None = None,
    corner: str = "",
) -> Image.Image:
    """A picture with one line of tiles a row.

    Args:
        rows: all with the same number of cells.
        headings: one a column; empty for none.
        notes: leave room below each tile for its note.
        groups: first column of a group → its title; ``None`` for columns that stand together.
        corner: what is shown, in two words, above the names of the rows.
    """
    groups = groups or {}
    height, top = row_height(notes), HEADING + (TITLE if groups else 0)
    columns = max(len(row.cells) for row in rows)
    lefts = [
        NAME_WIDTH + i * (EDGE + GAP) + BREAK * sum(first <= i for first in groups) for i in range(columns)
    ]
    canvas = Image.new("RGB", (lefts[-1] + EDGE + GAP, top + len(rows) * height), "white")
    pen = ImageDraw.Draw(canvas)
    for first, words in groups.items():
        pen.text((lefts[first], 4), words, fill=INK, font=font(15, bold=True))
    pen.text((14, top - HEADING + 6), corner, fill=FAINT, font=font(14))
    for left, heading in zip(lefts, headings, strict=False):
        pen.text((left, top - HEADING + 6), heading, fill=FAINT, font=font(14))
    for r, row in enumerate(rows):
        y = top + r * height
        pen.rectangle((0, y, 5, y + height - GAP), fill=row.colour)
        name, size = fitted_line(row.name, NAME_WIDTH - 20, 16)
        pen.text((14, y + EDGE // 2 - 20), name, fill=INK, font=font(size, bold=True))
        pen.text((14, y + EDGE // 2 + 2), row.remark, fill=FAINT, font=font(13))
        for left, cell in zip(lefts, row.cells, strict=False):
            _draw_cell(canvas, pen, cell, left, y)
    return canvas


def row_height(notes: bool) -> int:
    """Pixels from one row of a sheet to the next."""
    return EDGE + GAP + (NOTE if notes else 0)


def thumbnail(values: np.ndarray, text: str | None, size: int) -> bytes:
    """One datum as a small PNG: its text where it has one, else its picture."""
    if text is None:
        return to_png(tile(values, size))
    canvas = Image.new("RGB", (size, size), "white")
    pen = ImageDraw.Draw(canvas)
    box = (0, 0, size - 1, size - 1)
    pen.rectangle(box, outline="#BBBBBB")
    _centred(pen, *fitted(text, size, _largest(text) * size // EDGE), box, INK)
    return to_png(canvas)


def _draw_cell(canvas: Image.Image, pen: ImageDraw.ImageDraw, cell: Cell, left: int, top: int) -> None:
    box = (left, top, left + EDGE - 1, top + EDGE - 1)
    if cell.values is not None:
        canvas.paste(tile(cell.values, EDGE), (left, top))
    elif cell.text is not None:
        pen.rectangle(box, outline="#DDDDDD")
        _centred(pen, *fitted(cell.text, EDGE, _largest(cell.text)), box, INK)
    else:
        pen.rectangle(box, outline="#BBBBBB")
        _centred(pen, "?", 24, box, FAINT)
    if cell.frame:
        pen.rectangle(box, outline=cell.frame, width=4)
    if cell.note:
        pen.text(
            (left + 2, top + EDGE + 2), cell.note, fill="#B00020" if cell.wrong else FAINT, font=font(13)
        )


def _centred(
    pen: ImageDraw.ImageDraw, text: str, size: int, box: tuple[int, int, int, int], fill: str
) -> None:
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    pen.text(middle, text, fill=fill, font=font(size), anchor="mm", spacing=spacing(size))


def _largest(text: str) -> int:
    lines = text.split("\n")
    wide = int(EDGE * 1.5 / max(max(map(len, lines)), 1))
    return min(max(9, min(20, wide)), int(EDGE * 0.8 / len(lines)))


def to_png(picture: Image.Image) -> bytes:
    """The picture as PNG bytes."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
