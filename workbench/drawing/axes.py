"""What charts in SVG are made of: scales, axes, intervals, labels that do not overlap."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .colours import FAINT, LINE
from .svg import element, label, number


@dataclass(frozen=True)
class Scale:
    """From numbers to pixels along one axis.

    Args:
        low: the number at ``start``.
        high: the number at ``end``.
        start: in pixels.
        end: in pixels; less than ``start`` where larger numbers stand higher.
        warp: increasing function of a number whose values are drawn in proportion, such as ``math.log2``.
    """

    low: float
    high: float
    start: float
    end: float
    warp: Callable[[float], float] = float

    def __call__(self, value: float) -> float:
        """Pixels."""
        low, high = self.warp(self.low), self.warp(self.high)
        return self.start + (self.end - self.start) * (self.warp(value) - low) / (high - low)

    def held(self, value: float) -> float:
        """Pixels; what lies beyond an end is drawn at that end."""
        return self(min(max(value, self.low), self.high))

    def inverse(self, pixels: float) -> float:
        """The number that is drawn at a place, on a scale without a warp."""
        return self.low + (self.high - self.low) * (pixels - self.start) / (self.end - self.start)

    def ticks(self, most: int = 6) -> dict[float, str]:
        """Round numbers between the ends, in words: multiples of 1, 2 or 5 times a power of ten.

        Args:
            most: how many there may be.
        """
        rough = (self.high - self.low) / most
        power = math.floor(math.log10(rough))
        for factor in (1, 2, 5, 10, 20):
            step = factor * 10.0**power
            first, last = math.ceil(self.low / step), math.floor(self.high / step)
            if last - first < most:
                break
        digits = max(0, -power - (factor >= 10))
        return {i * step: number(i * step, digits) for i in range(first, last + 1)}


def axis(
    scale: Scale,
    ticks: Mapping[float, str],
    words: float,
    lines: tuple[float, float] | None = None,
    *,
    upright: bool = False,
    strong: Mapping[float, str] | None = None,
    size: float = 11,
) -> str:
    """Words at the ticks, and faint lines from there across the chart.

    It is one element however many ticks there are: a browser that moves what has changed finds the rest in its place.

    Args:
        scale: of the numbers.
        ticks: number → what is written there.
        words: baseline of the words in pixels; of an upright axis the place where they end.
        lines: pixels where the lines begin and end; none if not given.
        upright: whether the axis points up; else it goes to the right.
        strong: number → colour, of ticks that stand out.
        size: of the letters.
    """
    parts = []
    for value, text in ticks.items():
        at, colour = scale(value), (strong or {}).get(value)
        if lines:
            d = f"M{lines[0]:g} {at:.1f}H{lines[1]:g}" if upright else f"M{at:.1f} {lines[0]:g}V{lines[1]:g}"
            parts.append(element("path", d=d, stroke=colour or LINE, stroke_width=1.5 if colour else 0.8))
        x, y, anchor = (words, at + 4, "end") if upright else (at, words, "middle")
        parts.append(label(x, y, text, size, colour or FAINT, text_anchor=anchor))
    return element("g", "".join(parts))


def interval(low: float, high: float, at: float, *, upright: bool = False, cap: float = 0.0) -> str:
    """Path of an error bar.

    Args:
        low: where it begins, in pixels.
        high: where it ends, in pixels.
        at: its place in the other direction.
        upright: whether it goes up; else it lies.
        cap: half the length of the strokes across its ends; 0 for none.
    """
    if upright:
        caps = [f"M{at - cap:.1f} {y:.1f}h{2 * cap:g}" for y in (low, high)] if cap else []
        return f"M{at:.1f} {low:.1f}V{high:.1f}" + "".join(caps)
    caps = [f"M{x:.1f} {at - cap:.1f}v{2 * cap:g}" for x in (low, high)] if cap else []
    return f"M{low:.1f} {at:.1f}H{high:.1f}" + "".join(caps)


def apart(
    places: Sequence[float], least: float, low: float = -math.inf, high: float = math.inf
) -> list[float]:
    """Places moved as little as possible, in squares, until neighbours are ``least`` apart; their order stays.

    Args:
        places: in any order.
        least: distance.
        low: none is moved below this.
        high: nor above this, as long as all fit in between.
    """
    order = sorted(range(len(places)), key=places.__getitem__)
    # With i · least taken off the i-th, they need only increase: neighbours that do not are moved to their mean.
    blocks: list[tuple[float, int]] = []
    for i, which in enumerate(order):
        mean, count = places[which] - i * least, 1
        while blocks and blocks[-1][0] > mean:
            before, n = blocks.pop()
            mean, count = (mean * count + before * n) / (count + n), count + n
        blocks.append((mean, count))
    top = high - (len(places) - 1) * least
    even = [max(low, min(mean, top)) for mean, count in blocks for _ in range(count)]
    moved = dict(zip(order, (place + i * least for i, place in enumerate(even)), strict=True))
    return [moved[i] for i in range(len(places))]


def apart_in_plane(
    points: Sequence[tuple[float, float]], wide: float, tall: float, low: float, high: float
) -> list[tuple[float, float]]:
    """Labels of one size, moved up or down until none lies on another.

    Args:
        points: their places.
        wide: how far apart side by side is far enough.
        tall: how far apart one below the other.
        low: the least second coordinate.
        high: the greatest.
    """
    moved = list(points)
    columns: list[list[int]] = []
    for i in sorted(range(len(points)), key=lambda i: points[i][0]):
        if columns and points[i][0] - points[columns[-1][-1]][0] < wide:
            columns[-1].append(i)
        else:
            columns.append([i])
    for column in columns:
        for i, y in zip(column, apart([points[i][1] for i in column], tall, low, high), strict=True):
            moved[i] = (points[i][0], y)
    return moved
