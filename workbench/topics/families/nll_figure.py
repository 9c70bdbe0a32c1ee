"""Likelihoods of several families: by the number of draws, and what differs between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...drawing.colours import ALARM, FAINT, INK, LINE
from ...drawing.family_marks import family_colours, mark
from ...drawing.svg import Svg, element, heading, label, number, polyline, title
from .arrays import LEAST_THAT_COUNT, WORST_TAIL, FamilyNLL, NLLCurve

WIDTH, LEFT, RIGHT, TOP, HEIGHT, ROW = 560, 62, 86, 30, 236, 20
#: An interval of 95 %: so many standard errors to each side.
REACH = 1.96


@dataclass(frozen=True)
class Scale:
    """From numbers of draws and nats to pixels: K on a logarithmic axis, nats upwards."""

    draws: Sequence[int]
    low: float
    high: float

    @classmethod
    def around(cls, curves: Mapping[str, NLLCurve]) -> Scale:
        """All curves with their errors fit in."""
        low = min(float((curve.values - REACH * curve.errors).min()) for curve in curves.values())
        high = max(float((curve.values + REACH * curve.errors).max()) for curve in curves.values())
        room = 0.06 * max(high - low, 1e-6)
        return cls(next(iter(curves.values())).draws, low - room, high + room)

    def x(self, K: int) -> float:
        """Pixels from the left."""
        first, last = math.log2(self.draws[0]), math.log2(self.draws[-1])
        return LEFT + 12 + (WIDTH - LEFT - RIGHT - 24) * (math.log2(K) - first) / (last - first)

    def y(self, nats: float) -> float:
        """Pixels from the top."""
        return TOP + HEIGHT * (self.high - nats) / (self.high - self.low)

    def ticks(self) -> np.ndarray:
        """Three to seven round numbers of nats."""
        rough = (self.high - self.low) / 4
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
        return np.arange(math.ceil(self.low / step), math.floor(self.high / step) + 1) * step


def nearest_draws(x: float, draws: Sequence[int]) -> int:
    """The number of draws whose place in :func:`nll_figure` is nearest to ``x`` pixels."""
    scale = Scale(draws, 0.0, 1.0)
    return min(draws, key=lambda K: abs(scale.x(K) - x))


def nll_figure(found: FamilyNLL, K: int) -> Svg:
    """NLL by the number of draws with 95 % bars, and the numbers at the chosen K, with what they are worth."""
    what = "" if not found.quantity else f"{found.quantity}, nats, {_of_images(found.images)}"
    body = [heading("How likely is the truth?", what)]
    height = TOP + HEIGHT + 70 + ROW * (len(found.curves) + 1)
    if not found.curves:
        body.append(label(0, TOP + 40, "All is shown, nothing is left to imagine: untick a view.", 13, FAINT))
        return Svg(WIDTH, height, "".join(body), "nothing to estimate")
    scale = Scale.around(found.curves)
    body += _axes(scale)
    colours = family_colours(list(found.curves))
    body += [_curve(scale, i, name, c, colours[name]) for i, (name, c) in enumerate(found.curves.items())]
    body += _names(scale, found.curves)
    body.append(_handle(scale, K))
    body += _numbers(found.curves, K, TOP + HEIGHT + 58)
    said = ", ".join(f"{name} {number(c.values[c.at(K)])}" for name, c in found.curves.items())
    return Svg(WIDTH, height, "".join(body), f"{found.quantity} with {K} draws: {said} nats")


def _axes(scale: Scale) -> list[str]:
    right, bottom = WIDTH - RIGHT, TOP + HEIGHT
    lines = ""
    for nats in scale.ticks():
        y = scale.y(float(nats))
        lines += element("path", d=f"M{LEFT} {y:.1f}H{right}", stroke=LINE)
        digits = 0 if scale.high - scale.low > 8 else 1
        lines += label(LEFT - 6, y + 4, number(float(nats), digits), 11, FAINT, text_anchor="end")
    # In a group of their own: their number changes, and the elements behind them must keep their places.
    body = [element("g", lines)]
    for K in scale.draws:
        body.append(label(scale.x(K), bottom + 16, str(K), 11, FAINT, text_anchor="middle"))
    words = "importance draws K · bars: 95 % of the Monte-Carlo error"
    return [*body, label((LEFT + right) / 2, bottom + 33, words, 11, FAINT, text_anchor="middle")]


def _curve(scale: Scale, place: int, name: str, curve: NLLCurve, colour: str) -> str:
    """One family: a line, an error bar at each number of draws, and its mark; the families stand side by side."""
    aside = 5.0 * (place - 1)
    points = [(scale.x(K) + aside, scale.y(v)) for K, v in zip(curve.draws, curve.values, strict=True)]
    parts = [polyline(points, stroke=colour, stroke_width=1.8)]
    bars = ""
    for (x, _), value, error in zip(points, curve.values, curve.errors, strict=True):
        high, low = scale.y(value + REACH * error), scale.y(value - REACH * error)
        bars += f"M{x - 3:.1f} {high:.1f}h6M{x:.1f} {high:.1f}V{low:.1f}M{x - 3:.1f} {low:.1f}h6"
    parts.append(element("path", d=bars, fill="none", stroke=colour, stroke_width=1.4))
    for (x, y), K, value, error in zip(points, curve.draws, curve.values, curve.errors, strict=True):
        said = f"{name}, {K} draws: {number(value)} ± {number(REACH * error)} nats"
        parts.append(mark(place, x, y, content=title(said)))
    return "".join(parts)


def _names(scale: Scale, curves: Mapping[str, NLLCurve]) -> list[str]:
    """The names at the ends of the lines, moved apart where those meet."""
    ends = {name: scale.y(float(curve.values[-1])) for name, curve in curves.items()}
    x, before, body = WIDTH - RIGHT + 10, -math.inf, {}
    for name in sorted(ends, key=ends.__getitem__):
        before = max(ends[name], before + 16)
        body[name] = label(x, before + 4, name, 12, INK, font_weight="600")
    return [body[name] for name in curves]


def _handle(scale: Scale, K: int) -> str:
    """The chosen number of draws, to be dragged along the axis."""
    x, last = scale.x(K), scale.draws[-1]
    inside = (
        title("Drag, or press the arrow keys: how many draws")
        + element("rect", x=x - 9, y=TOP - 8, width=18, height=HEIGHT + 8, fill="transparent")
        + element("path", d=f"M{x:.1f} {TOP - 4}V{TOP + HEIGHT}", stroke=INK, stroke_width=1.5, fill="none")
        + element("path", d=f"M{x - 6:.1f} {TOP - 8}h12v6l-6 6l-6 -6Z", fill=INK)
    )
    return element(
        "g",
        inside,
        data_drag="K",
        tabindex=0,
        role="slider",
        aria_label="importance draws",
        aria_valuemin=scale.draws[0],
        aria_valuemax=last,
        aria_valuenow=K,
    )


def _numbers(curves: Mapping[str, NLLCurve], K: int, top: float) -> list[str]:
    """A row a family: NLL at K with its error, and how far to believe it."""
    columns = (LEFT + 96, LEFT + 104, LEFT + 226, LEFT + 290, LEFT + 310)
    heads = (f"{K} draws", "95 %", f"of {K} count", "k\u0302 of all", "")
    anchors = ("end", None, "end", "end", None)
    body = [
        label(x, top, words, 11, FAINT, text_anchor=anchor)
        for x, words, anchor in zip(columns, heads, anchors, strict=True)
    ]
    for i, (name, curve) in enumerate(curves.items()):
        y, at = top + ROW * (i + 1), curve.at(K)
        doubt = "" if curve.believable(K) else "⚠ do not believe it"
        words = (
            number(curve.values[at]),
            f"± {number(REACH * curve.errors[at])}",
            number(curve.count[at]),
            "" if np.isnan(curve.tail) else number(curve.tail),
            doubt,
        )
        body += [mark(i, 6, y - 4), label(16, y, name, 12, INK, font_weight="600")]
        body += [
            label(x, y, said, 12, ALARM if said is doubt else INK, text_anchor=anchor)
            for x, said, anchor in zip(columns, words, anchors, strict=True)
        ]
    y = top + ROW * (len(curves) + 1) + 4
    rule = f"believe it if {LEAST_THAT_COUNT:.0f} draws count and k\u0302 < {WORST_TAIL} · lower is better"
    return [*body, label(0, y, rule, 11, FAINT)]


def _of_images(images: int) -> str:
    return "this sample" if images == 1 else f"mean of {images} samples"
