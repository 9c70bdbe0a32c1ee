"""Pictures all along a line through a latent space, and a ruler above them with a handle."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image

from ...drawing.axes import Scale
from ...drawing.colours import INK, LINE, modality_colours
from ...drawing.sheet import EDGE, GAP, HEADING, NAME_WIDTH, Row, paint_sheet, row_height
from ...drawing.svg import Svg, element, heading, image, label, title
from ...posteriors.generation_figure import EXPECTED, Renderer, read_cell
from .arrays import Strip

_STEP, _FIRST = EDGE + GAP, NAME_WIDTH + EDGE / 2
_HEIGHT, _TRACK = 42, 30


def ruler_figure(strip: Strip) -> Svg:
    """Where the latent stands on the way, in line with the columns of the strip; ``place`` can be dragged.

    It is a figure of its own, as the pictures below stay while the handle moves.
    """
    n = len(strip.headings)
    way = _way(n)
    x = way(strip.share)
    track = element("rect", x=way.start, y=_TRACK - 2, width=way.end - way.start, height=4, rx=2, fill=LINE)
    ticks = [element("circle", cx=way(i / (n - 1)), cy=_TRACK, r=3, fill="#BBBBBB") for i in range(n)]
    stem = element("rect", x=x - 1.5, y=_TRACK, width=3, height=_HEIGHT - _TRACK, fill=INK)
    handle = element(
        "circle",
        title("drag me, or use the arrow keys"),
        cx=x,
        cy=_TRACK,
        r=9,
        fill=INK,
        stroke="white",
        stroke_width=2,
        data_drag="place",
        tabindex="0",
        role="slider",
        aria_label=f"{strip.words}: {strip.said}",
        aria_valuenow=round(strip.share, 3),
        aria_valuemin=0,
        aria_valuemax=1,
    )
    said = label(x, _TRACK - 14, strip.said, 12, INK, font_weight="600", text_anchor="middle")
    body = [heading("Along"), label(0, _TRACK + 5, strip.words, 12, INK), track, *ticks, stem, handle, said]
    return Svg(_width(n), _HEIGHT, "".join(body), f"{strip.words}, now at {strip.said}")


def strip_figure(strip: Strip, texts: Mapping[str, Renderer] | None = None) -> Svg:
    """One row a modality; a column can be clicked and is called by its number.

    Args:
        strip: the arrays.
        texts: modality → function that writes a datum as text.
    """
    colours, notes = modality_colours(list(strip.data)), bool(strip.readings)
    rows = []
    for name, values in strip.data.items():
        readings = strip.readings.get(name, [None] * len(values))
        cells = [read_cell(v, name, texts, r, None) for v, r in zip(values, readings, strict=True)]
        rows.append(Row(name, "", colours[name], cells))
    n, height = len(strip.headings), HEADING + len(rows) * row_height(notes)
    picture = _as_jpeg(paint_sheet(rows, strip.headings, notes=notes, corner=EXPECTED))
    columns = [_column(i, place, strip.words, height) for i, place in enumerate(strip.headings)]
    body = image(picture, 0, 0, _width(n), height, "jpeg") + "".join(columns)
    return Svg(_width(n), height, body, f"{strip.words}: {EXPECTED} at {n} steps")


def share_at(x: float, n_columns: int) -> float:
    """Which share of the way a place above a strip stands for: 0 for the first column, 1 for the last."""
    return min(max(_way(n_columns).inverse(x), 0.0), 1.0)


def _way(n: int) -> Scale:
    return Scale(0.0, 1.0, _FIRST, _FIRST + _STEP * (n - 1))


def _width(n: int) -> float:
    return NAME_WIDTH + n * _STEP


def _column(i: int, place: str, words: str, height: float) -> str:
    area = element(
        "rect",
        title(f"{words}: go to {place}"),
        x=NAME_WIDTH + i * _STEP - 3,
        y=2,
        width=EDGE + 6,
        height=height - 4,
        rx=6,
        fill="white",
        fill_opacity=0,
    )
    return element("g", area, data_key=str(i), role="button", tabindex="0", aria_label=f"go to {place}")


def _as_jpeg(picture: Image.Image) -> bytes:
    """Small enough to be sent many times a second, and shown by every viewer of SVG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=70)
    return buffer.getvalue()
