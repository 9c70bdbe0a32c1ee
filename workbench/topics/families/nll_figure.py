"""Likelihoods of several families: by the number of draws, and what differs between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ...drawing.axes import Scale, apart, axis, interval
from ...drawing.colours import ALARM, FAINT, INK
from ...drawing.family_marks import family_colours, mark
from ...drawing.svg import Svg, element, heading, label, number, polyline, title, with_error
from .arrays import LEAST_THAT_COUNT, WORST_TAIL, FamilyNLL, NLLCurve

WIDTH, LEFT, RIGHT, TOP, HEIGHT, ROW = 560, 62, 86, 30, 236, 20
#: An interval of 95 %: so many standard errors to each side.
Z_95 = 1.96


def draws_scale(draws: Sequence[int]) -> Scale:
    """Numbers of draws to the right, by their logarithms."""
    return Scale(draws[0], draws[-1], LEFT + 12, WIDTH - RIGHT - 12, math.log2)


def nats_scale(curves: Mapping[str, NLLCurve]) -> Scale:
    """Nats upwards; all curves with their errors fit in."""
    low = min(float((curve.values - Z_95 * curve.errors).min()) for curve in curves.values())
    high = max(float((curve.values + Z_95 * curve.errors).max()) for curve in curves.values())
    room = 0.06 * max(high - low, 1e-6)
    return Scale(low - room, high + room, TOP + HEIGHT, TOP)


def nearest_draws(x: float, draws: Sequence[int]) -> int:
    """The number of draws whose place in :func:`nll_figure` is nearest to ``x`` pixels."""
    scale = draws_scale(draws)
    return min(draws, key=lambda K: abs(scale(K) - x))


def nll_figure(found: FamilyNLL, K: int) -> Svg:
    """NLL by the number of draws with 95 % bars, and the numbers at the chosen K, with what they are worth."""
    what = "" if not found.quantity else f"{found.quantity}, nats, {_of_images(found.images)}"
    body = [heading("How likely is the truth?", what)]
    height = TOP + HEIGHT + 70 + ROW * (len(found.curves) + 1)
    if not found.curves:
        body.append(label(0, TOP + 40, "All is shown, nothing is left to imagine: untick a view.", 13, FAINT))
        return Svg(WIDTH, height, "".join(body), "nothing to estimate")
    draws = next(iter(found.curves.values())).draws
    across, up = draws_scale(draws), nats_scale(found.curves)
    body.append(axis(up, up.ticks(), LEFT - 6, (LEFT, WIDTH - RIGHT), upright=True))
    body += _draws_axis(across, draws)
    colours = family_colours(list(found.curves))
    body += [
        _curve(across, up, i, name, c, colours[name]) for i, (name, c) in enumerate(found.curves.items())
    ]
    body += _names(up, found.curves)
    body.append(_handle(across, K))
    body.append(label(LEFT - 6, TOP + HEIGHT + 47, found.observed, 11, FAINT))
    body += _numbers(found.curves, K, TOP + HEIGHT + 58)
    said = ", ".join(f"{name} {number(c.values[c.at(K)])}" for name, c in found.curves.items())
    return Svg(WIDTH, height, "".join(body), f"{found.quantity} with {K} draws: {said} nats")


def _draws_axis(across: Scale, draws: Sequence[int]) -> list[str]:
    words, bottom = "importance draws K · bars: 95 % of the Monte-Carlo error", TOP + HEIGHT
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [
        axis(across, {K: str(K) for K in draws}, bottom + 16),
        label(middle, bottom + 33, words, 11, FAINT, text_anchor="middle"),
    ]


def _curve(across: Scale, up: Scale, place: int, name: str, curve: NLLCurve, colour: str) -> str:
    """One family: a line, an error bar at each number of draws, and its mark; the families stand side by side."""
    aside = 5.0 * (place - 1)
    points = [(across(K) + aside, up(v)) for K, v in zip(curve.draws, curve.values, strict=True)]
    parts = [polyline(points, stroke=colour, stroke_width=1.8)]
    bars = ""
    for (x, _), value, error in zip(points, curve.values, curve.errors, strict=True):
        bars += interval(up(value - Z_95 * error), up(value + Z_95 * error), x, upright=True, cap=3)
    parts.append(element("path", d=bars, fill="none", stroke=colour, stroke_width=1.4))
    for (x, y), K, value, error in zip(points, curve.draws, curve.values, curve.errors, strict=True):
        shown, reach = with_error(value, Z_95 * error)
        said = f"{name}, {K} draws: {shown} ± {reach} nats"
        parts.append(mark(place, x, y, content=title(said)))
    return "".join(parts)


def _names(up: Scale, curves: Mapping[str, NLLCurve]) -> list[str]:
    """The names at the ends of the lines, moved apart where those meet."""
    ends = apart([up(float(curve.values[-1])) for curve in curves.values()], 16)
    x = WIDTH - RIGHT + 10
    return [label(x, y + 4, name, 12, INK, font_weight="600") for name, y in zip(curves, ends, strict=True)]


def _handle(across: Scale, K: int) -> str:
    """The chosen number of draws, to be dragged along the axis."""
    x = across(K)
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
        aria_valuemin=across.low,
        aria_valuemax=across.high,
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
        value, error = with_error(curve.values[at], Z_95 * curve.errors[at])
        words = (
            value,
            f"± {error}",
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
