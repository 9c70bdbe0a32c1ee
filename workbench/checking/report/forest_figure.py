"""A forest plot of a check: each metric's difference from its baseline, all on one axis of margins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ...drawing.axes import Scale, axis
from ...drawing.colours import FAINT, GROUND, INK, LINE
from ...drawing.svg import Svg, element, label, title
from ...numerals import numeral
from .forest_rows import ForestRow
from .verdicts import verdict_colour, verdict_mark

#: The axis ends so many margins from zero; what lies beyond is an arrow.
_REACH = 3.0
_TOP, _FOOT, _ARROW = 26, 40, 7.0
_BAND = "#E6E8EB"


@dataclass(frozen=True)
class Layout:
    """Where things stand in a row, in pixels.

    Args:
        width: of the whole.
        left: where the axis begins.
        across: length of the axis.
        row: height of a row.
        name: height of the baseline of its name.
        bar: height of the middle of its interval.
        words: left edge of verdict and numbers, and height of their baseline.
        letters: the longest name that fits.
    """

    width: float
    left: float
    across: float
    row: float
    name: float
    bar: float
    words: tuple[float, float]
    letters: int

    @property
    def margins(self) -> Scale:
        """Margins to pixels."""
        return Scale(-_REACH, _REACH, self.left, self.left + self.across)


WIDE = Layout(width=940, left=268, across=330, row=24, name=16, bar=12, words=(612, 16), letters=36)
#: For a telephone: name, interval and numbers below each other.
NARROW = Layout(width=360, left=12, across=336, row=62, name=16, bar=32, words=(2, 53), letters=46)


def forest_figure(rows: Sequence[ForestRow], layout: Layout = WIDE) -> Svg:
    """One row a metric: the grey band is where a difference does not matter, right of it is worse.

    Args:
        rows: in the order in which they are drawn.
        layout: :data:`WIDE` or :data:`NARROW`.
    """
    bottom = _TOP + layout.row * len(rows)
    body = _axis(layout, bottom, any(row.both_ways for row in rows))
    body += [_row(row, layout, _TOP + layout.row * i) for i, row in enumerate(rows)]
    said = "; ".join(f"{row.name}: {row.verdict}" for row in rows)
    return Svg(layout.width, bottom + _FOOT, "".join(body), said)


def _axis(layout: Layout, bottom: float, both_ways: bool) -> list[str]:
    x, height = layout.margins, bottom - _TOP
    band = element("rect", x=x(-1), y=_TOP, width=x(1) - x(-1), height=height, fill=_BAND)
    ends = element("path", d=f"M{x.start:.1f} {bottom:.1f}H{x.end:.1f}", stroke=LINE)
    zero = element("path", d=f"M{x(0):.1f} {_TOP}V{bottom:.1f}", stroke="#9AA0A6", stroke_dasharray="2 3")
    sides = axis(x, {-2.0: "← better", 0.0: "does not matter", 2.0: "worse →"}, _TOP - 9)
    reach = int(_REACH)
    ticks = {float(i): numeral(i, "+d") if i else "0" for i in range(-reach, reach + 1)}
    words = "difference from the baseline, in margins" + (" · ↔ either way is worse" if both_ways else "")
    below = label(x(0), bottom + 31, words, 11, FAINT, text_anchor="middle")
    return [band, ends, zero, sides, axis(x, ticks, bottom + 15), below]


def _row(row: ForestRow, layout: Layout, top: float) -> str:
    ink = verdict_colour(row.verdict)
    short = row.name if len(row.name) <= layout.letters else row.name[: layout.letters - 1] + "…"
    heavy = "600" if row.verdict in ("worse", "missing", "inconclusive") else None
    middle, (words_x, words_y) = top + layout.bar, layout.words
    # Without a fill the pointer would only find the letters.
    area = element("rect", x=0, y=top, width=layout.width, height=layout.row, fill=GROUND, fill_opacity=0)
    rule = element("path", d=f"M0 {top:.1f}H{layout.width:g}", stroke=LINE, stroke_width=0.6)
    verdict = element("tspan", row.verdict, font_weight="600", fill=ink)
    numbers = element("tspan", escape(row.numbers), dx=8, fill=INK) if row.numbers else ""
    parts = [
        title(row.said or row.name),
        area,
        rule,
        label(
            8, top + layout.name, verdict_mark(row.verdict), 13, ink, text_anchor="middle", font_weight="700"
        ),
        label(20, top + layout.name, short + (" ↔" if row.both_ways else ""), 12, INK, font_weight=heavy),
        _interval(row, layout, middle, ink),
        element("text", verdict + numbers, x=words_x, y=top + words_y, font_size=11.5),
    ]
    return element("g", "".join(parts), data_metric=row.name, data_verdict=row.verdict)


def _interval(row: ForestRow, layout: Layout, y: float, ink: str) -> str:
    x = layout.margins
    if row.place is None:
        # Behind the words no zero line.
        rim: dict[str, str | float | None] = {"stroke": _BAND, "stroke_width": 4, "paint_order": "stroke"}
        return label(x(0), y + 4, row.instead, 11, FAINT, text_anchor="middle", **rim)
    low = row.place if row.low is None else row.low
    high = row.place if row.high is None else row.high
    parts = [
        element(
            "rect",
            x=x.held(low),
            y=y - 2.5,
            width=x.held(high) - x.held(low),
            height=5,
            rx=1.5,
            fill=ink,
            fill_opacity=0.45,
        )
    ]
    if abs(row.place) <= _REACH:
        parts.append(element("circle", cx=x(row.place), cy=y, r=4.2, fill=ink))
    if high > _REACH:
        parts.append(_arrow(x.end, y, -_ARROW, ink))
    if low < -_REACH:
        parts.append(_arrow(x.start, y, _ARROW, ink))
    return "".join(parts)


def _arrow(tip: float, y: float, back: float, ink: str) -> str:
    """It goes on beyond the axis."""
    shape = f"M{tip:.1f} {y:.1f}l{back:g} -5v10z"
    return element("path", d=shape, fill=ink, class_="beyond")
