"""The terms of the loss against the step: reconstruction above, divergence below, changes as upright lines."""

from __future__ import annotations

import math

import numpy as np

from ...drawing.axes import Scale, apart, axis
from ...drawing.colours import FAINT, INK, modality_colours
from ...drawing.svg import Svg, element, heading, label, polyline
from .arrays import LossHistory

WIDTH, LEFT, TOP, TALL, LOW, BETWEEN = 400, 36, 44, 220, 100, 46
RIGHT = 58
# More points than this are drawn as means over neighbours: noise is no news.
MOST_POINTS = 90


def curves_figure(history: LossHistory) -> Svg:
    """Two charts over one axis of steps; each line ends in its name and its value over the last steps."""
    end = _round_up(max(history.steps, 50))
    colours = modality_colours(list(history.reconstruction))
    chart = _Chart(TOP, TALL, end, *_range(list(history.reconstruction.values())))
    low = _Chart(TOP + TALL + BETWEEN, LOW, end, 0.0, _top(history.divergence))
    body = [heading("Terms of the loss", f"nats a sample · step {history.steps}")]
    body += [label(LEFT, chart.top - 8, "reconstruction, −ln p(x | z)", 11, FAINT), *chart.axes()]
    body += chart.lines({name: (values, colours[name]) for name, values in history.reconstruction.items()})
    body += [label(LEFT, low.top - 8, "divergence, KL(q ‖ p), before β", 11, FAINT), *low.axes()]
    body += low.lines({"KL": (history.divergence, INK)})
    bottom = low.top + LOW
    body.append(label(LEFT, bottom + 16, "0", 11, FAINT))
    body.append(label(WIDTH - RIGHT, bottom + 16, f"{end:,} steps", 11, FAINT, text_anchor="end"))
    body += _changes(history, chart, bottom)
    changed = "".join(f"; {change.words} from step {change.step}" for change in history.changes)
    said = f"Loss terms over {history.steps} steps{changed}"
    return Svg(WIDTH, bottom + 40, "".join(body), said)


class _Chart:
    """A box with an axis of steps and an axis of nats."""

    def __init__(self, top: float, height: float, end: int, least: float, most: float) -> None:
        self.top, self.height = top, height
        self.steps = Scale(0, end, LEFT, WIDTH - RIGHT)
        self.nats = Scale(least, most, top + height, top)

    def axes(self) -> list[str]:
        # What lies above leaves the chart, and is no plateau.
        box = element("rect", x=LEFT, y=self.top, width=WIDTH - RIGHT - LEFT, height=self.height + 2)
        return [
            element("clipPath", box, id=f"chart-{self.top:g}"),
            axis(self.nats, self.nats.ticks(), LEFT - 6, (LEFT, WIDTH - RIGHT), upright=True),
        ]

    def lines(self, named: dict[str, tuple[np.ndarray, str]]) -> list[str]:
        parts, ends = [], []
        for name, (values, colour) in named.items():
            steps, means = _thinned(values)
            points = [(self.steps(s), self._y(v)) for s, v in zip(steps, means, strict=True)] or [
                (LEFT, self.top)
            ]
            line = polyline(points, stroke=colour, stroke_width=2, stroke_linejoin="round")
            parts.append(element("g", line, clip_path=f"url(#chart-{self.top:g})"))
            ends.append((*points[-1], name, colour))
        for (x, _, name, colour), y in zip(ends, apart([end[1] for end in ends], 14), strict=True):
            parts.append(label(x + 6, y + 4, name, 12, colour, font_weight="600"))
        return parts

    def _y(self, nats: float) -> float:
        """A little above the box is enough: the rest is cut off."""
        return max(self.nats(max(nats, self.nats.low)), self.top - 0.2 * self.height)


def _changes(history: LossHistory, chart: _Chart, bottom: float) -> list[str]:
    """One upright line a change; the words of those that follow each other closely are those of the last."""
    parts, free = [], math.inf
    for change in reversed(history.changes):
        x = chart.steps(change.step)
        parts.append(element("path", d=f"M{x:.1f} {TOP}V{bottom}", stroke=INK, stroke_dasharray="2 3"))
        wide = 6.2 * len(change.words)
        if x + wide / 2 < free:
            at = min(max(x, LEFT + wide / 2 - 10), WIDTH - wide / 2)
            parts.append(label(at, bottom + 32, change.words, 11, INK, text_anchor="middle"))
            free = at - wide / 2 - 6
    return parts


def _thinned(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps and means of neighbouring values, at most ``MOST_POINTS``."""
    parts = np.array_split(values, min(len(values), MOST_POINTS)) if len(values) else []
    ends = np.cumsum([len(part) for part in parts])
    return ends, np.array([part.mean() for part in parts])


def _range(series: list[np.ndarray]) -> tuple[float, float]:
    """From below the best to the first value, in round numbers."""
    found = np.concatenate([_thinned(values)[1] for values in series])
    if not len(found):
        return 0.0, 1.0
    # What a short burst reaches must not flatten all the rest.
    low, high = float(found.min()), float(np.quantile(found, 0.96))
    unit = 10.0 ** math.floor(math.log10(max(high - low, 1.0))) / 2
    return math.floor(low / unit) * unit, math.ceil(high / unit + 1e-9) * unit


def _top(values: np.ndarray) -> float:
    largest = float(_thinned(values)[1].max()) if len(values) else 0.0
    return max(4.0, 2 * math.ceil(min(largest, 1e6) / 2))


def _round_up(steps: int) -> int:
    """The next of 50, 100, 200, 500, 1000, …: the axis jumps seldom."""
    power = int(10 ** math.floor(math.log10(steps)))
    return next(nice * power for nice in (1, 2, 5, 10) if nice * power >= steps)
