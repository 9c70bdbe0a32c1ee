"""Fusion on a line: each expert's curve with handles below it, and what families make of all of them."""

from __future__ import annotations

import numpy as np

from ...drawing.axes import Scale, axis, interval
from ...drawing.colours import FAINT, PRIOR, modality_colours
from ...drawing.svg import Svg, element, heading, label, polyline, title
from ...numerals import numeral
from ..families.looks import FUSION_LOOKS
from .arrays import Fusion
from .fusion_marks import (
    ABSENT,
    CHIP_HEIGHT,
    EXACT,
    chips,
    family_lines,
    legend,
    mean_handle,
    reading_handle,
    width_handle,
)

WIDTH, LEFT, TOP = 540, 92, 24
#: The line reaches from −EDGE to EDGE, and curves to this density: fixed, so that nothing jumps.
EDGE, MOST = 5.0, 2.1
_EXPERTS, _TOGETHER, _LANE = 130, 180, 40
_Z = Scale(-EDGE, EDGE, LEFT, WIDTH - 8)


def line_experts(answer: Fusion) -> Svg:
    """One curve an expert, and below one lane each: its mean and width, its sensor's reading and noise."""
    colours = modality_colours(answer.modalities)
    floor = TOP + _EXPERTS
    body = [heading("What each expert says", "dashed: prior"), _numbers(floor + _LANE * 3 + 16), _clip()]
    inside = [_curve(answer.grid, answer.prior, floor, _EXPERTS, PRIOR, 1.5, "5 4")]
    for name, density in zip(answer.modalities, answer.experts, strict=True):
        there = name in answer.shown
        inside.append(
            _curve(
                answer.grid,
                density,
                floor,
                _EXPERTS,
                colours[name],
                2.5,
                opacity=1 if there else ABSENT,
                fill=0.12,
            )
        )
    body.append(element("g", "".join(inside), clip_path="url(#fusion-line)") + _floor(floor))
    lanes = [floor + 32 + _LANE * i for i in range(len(answer.modalities))]
    body += chips(answer, [(0.0, y - CHIP_HEIGHT / 2 + 4) for y in lanes])
    for name, y in zip(answer.modalities, lanes, strict=True):
        body += _lane(answer, name, y, colours[name])
    y = lanes[-1] + 52
    body.append(
        label(
            0, y, "drag ● the expert's mean · ■ its width (1 sd) · △ what its sensor read, ± noise", 11, FAINT
        )
    )
    body.append(label(0, y + 15, _right_is(), 11, FAINT))
    return Svg(WIDTH, y + 20, "".join(body), "Experts on a line, with handles for mean, width and reading")


def line_families(answer: Fusion) -> Svg:
    """Product, mixture and MoPoE over the exact posterior and the prior."""
    floor = TOP + _TOGETHER
    body = [heading("What they say together"), _numbers(floor), _clip()]
    inside = [
        _curve(
            answer.grid,
            answer.posterior,
            floor,
            _TOGETHER,
            "#8A8A8A",
            1,
            solid=EXACT,
            about="exact posterior",
        ),
        _curve(answer.grid, answer.prior, floor, _TOGETHER, PRIOR, 1.5, "5 4", about="prior"),
    ]
    for family in answer.families:
        look = FUSION_LOOKS[family.name]
        inside.append(
            _curve(
                answer.grid,
                family.density,
                floor,
                _TOGETHER,
                look.colour,
                look.width,
                look.stroke_dasharray,
                about=family.name,
            )
        )
    body.append(element("g", "".join(inside), clip_path="url(#fusion-line)") + _floor(floor))
    lines = family_lines()
    body += legend(lines, [(0.0, TOP + 18.0 + 22 * i) for i in range(len(lines))])
    highest = max(float(curve.max()) for curve in [answer.posterior, *(f.density for f in answer.families)])
    note = f"▲ its peak, at {highest:.1f}, is above the frame" if highest > MOST else ""
    body.append(label(WIDTH - 8, TOP - 8, note, 11, FAINT, text_anchor="end"))
    return Svg(
        WIDTH, floor + 22, "".join(body), "Densities of product, mixture, MoPoE, exact posterior and prior"
    )


def to_line(x: float) -> float:
    """From pixels to z."""
    return _Z.inverse(x)


def _right_is() -> str:
    return "an expert is right where ● sits on its △ and is as wide as the noise (prior expert: all)"


def _lane(answer: Fusion, name: str, y: float, colour: str) -> list[str]:
    row = answer.modalities.index(name)
    opacity = 1 if name in answer.shown else ABSENT
    mean, width = float(answer.means[row, 0]), float(answer.widths[row])
    reading, noise = float(answer.readings[row, 0]), float(answer.noise[row])
    return [
        _bar(reading - noise, reading + noise, y + 14, colour, 1.5, opacity),
        reading_handle(name, _Z(reading), y + 9, colour, answer),
        _bar(mean - width, mean + width, y, colour, 5, opacity * 0.6),
        mean_handle(name, _Z(mean), y, colour, answer),
        width_handle(name, _Z(mean + width), y, colour, answer),
    ]


def _bar(low: float, high: float, y: float, colour: str, width: float, opacity: float) -> str:
    line = interval(_Z(low), _Z(high), y)
    return element("path", d=line, stroke=colour, stroke_width=width, opacity=opacity)


def _curve(
    grid: np.ndarray,
    density: np.ndarray,
    floor: float,
    height: float,
    colour: str,
    width: float,
    dash: str | None = None,
    *,
    opacity: float = 1,
    fill: float = 0.0,
    solid: str | None = None,
    about: str = "",
) -> str:
    # A little beyond the frame is enough: the rest is clipped.
    levels = floor - np.minimum(density / MOST, 1.1) * height
    points = [(_Z(float(z)), float(y)) for z, y in zip(grid, levels, strict=True)]
    if not (fill or solid):
        return polyline(
            points, stroke=colour, stroke_width=width, stroke_dasharray=dash, stroke_linejoin="round"
        )
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return element(
        "path",
        title(about) if about else "",
        d=path,
        fill=solid or colour,
        fill_opacity=fill or 1,
        stroke=colour,
        stroke_width=width,
        opacity=opacity,
    )


def _numbers(bottom: float) -> str:
    """Numbers at the bottom, and faint lines up from each."""
    ticks = {z: numeral(z, "g") if z else "z = 0" for z in (-4.0, -2.0, 0.0, 2.0, 4.0)}
    return axis(_Z, ticks, bottom + 15, (TOP, bottom))


def _floor(y: float) -> str:
    """Over the curves, whose own lines are flat there."""
    return element("path", d=f"M{LEFT} {y}H{WIDTH - 8}", stroke="#9A9A9A", stroke_width=3)


def _clip() -> str:
    box = element("rect", x=LEFT, y=TOP, width=WIDTH - LEFT - 8, height=_TOGETHER)
    return element("clipPath", box, id="fusion-line")
