"""Fusion in a plane: experts with handles, and what families make of them, as ellipses."""

from __future__ import annotations

import numpy as np

from ...drawing.colours import FAINT, PRIOR, modality_colours
from ...drawing.plane import Plane
from ...drawing.svg import Svg, element, heading, label
from ...posteriors.arrays import PlaneGaussian
from ...posteriors.plane_figure import SIZE, TOP
from ..families.looks import FUSION_LOOKS
from .arrays import Fusion
from .fusion_marks import (
    ABSENT,
    CHIP_WIDTH,
    EXACT,
    chips,
    family_lines,
    legend,
    mean_handle,
    reading_handle,
    width_handle,
)

#: Both axes reach from −EDGE to EDGE: fixed, so that nothing jumps.
EDGE = 4.2
_FRAME = Plane(np.zeros(2), EDGE, SIZE, TOP)
_BOTTOM = TOP + SIZE
_PRIOR = PlaneGaussian("prior, 2 sd", "prior", np.zeros(2), np.eye(2))


def plane_experts(answer: Fusion) -> Svg:
    """Each expert at 1 and 2 sd with its handles, and what its sensor read."""
    colours = modality_colours(answer.modalities)
    inside = [*_axes(), _FRAME.ellipse(_PRIOR, PRIOR, 1.5, dash="5 4")]
    handles = []
    for row, name in enumerate(answer.modalities):
        gaussian = _diagonal(name, answer.means[row], np.full(2, answer.widths[row]))
        opacity = 1 if name in answer.shown else ABSENT
        for sds, width in ((1, 2.5), (2, 1)):
            inside.append(_FRAME.ellipse(gaussian, colours[name], width, sds=sds, fill=0.08, opacity=opacity))
        handles += _handles(answer, row, name, colours[name], opacity)
    body = [
        heading("What each expert says", "1 and 2 sd · dashed: prior"),
        _FRAME.framed(inside, "fusion-plane"),
    ]
    body += handles
    body += chips(answer, [(i * (CHIP_WIDTH + 10), _BOTTOM + 8) for i in range(len(answer.modalities))])
    body.append(
        label(
            0,
            _BOTTOM + 50,
            "drag ● mean · ■ width · △ what its sensor read (thin ring: its noise)",
            11,
            FAINT,
        )
    )
    return Svg(
        SIZE, _BOTTOM + 56, "".join(body), "Experts in a plane, with handles for mean, width and reading"
    )


def plane_families(answer: Fusion) -> Svg:
    """Each component of mixture and MoPoE at 1 sd, product and exact posterior at 1 and 2 sd."""
    inside = _axes()
    exact = PlaneGaussian("exact posterior", "posterior", answer.posterior_mean, answer.posterior_covariance)
    for sds in (2, 1):
        inside.append(_FRAME.ellipse(exact, "#8A8A8A", 1, sds=sds, solid=EXACT))
    inside.append(_FRAME.ellipse(_PRIOR, PRIOR, 1.5, dash="5 4"))
    # The product last: of all components it is the one that must not be covered.
    for family in reversed(answer.families):
        look = FUSION_LOOKS[family.name]
        for component, mean, sd in zip(family.components, family.means, family.sds, strict=True):
            gaussian = _diagonal(f"{family.name}: {' + '.join(component)}", mean, sd)
            # Many components share what one would have: the more, the thinner.
            width = max(0.9, look.width / len(family.components) ** 0.5)
            for sds in (1, 2) if len(family.components) == 1 else (1,):
                inside.append(
                    _FRAME.ellipse(
                        gaussian, look.colour, width, sds=sds, dash=look.stroke_dasharray, fill=0.03
                    )
                )
    body = [
        heading("What they say together", "1 sd of each component"),
        _FRAME.framed(inside, "fusion-plane"),
    ]
    lines = family_lines()
    lefts = [sum(34 + 6.8 * len(name) for name, *_ in lines[:i]) for i in range(len(lines))]
    body += legend(lines, [(x, _BOTTOM + 20.0) for x in lefts])
    return Svg(
        SIZE, _BOTTOM + 56, "".join(body), "Product, mixture, MoPoE, exact posterior and prior in a plane"
    )


def to_plane(x: float, y: float) -> tuple[float, float]:
    """From pixels to z."""
    return _FRAME.point(x, y)


def _handles(answer: Fusion, row: int, name: str, colour: str, opacity: float) -> list[str]:
    centre, width = answer.means[row], answer.widths[row]
    points = np.stack([centre, centre + np.array([width, 0]), answer.readings[row]])
    (x, y), (u, v), (s, t) = _FRAME.pixels(points).tolist()
    noise = _diagonal(f"noise of {name}", answer.readings[row], np.full(2, answer.noise[row]))
    return [
        _FRAME.ellipse(noise, colour, 0.8, sds=1, dash="1 2", opacity=opacity),
        reading_handle(name, s, t, colour, answer),
        mean_handle(name, x, y, colour, answer),
        width_handle(name, u, v, colour, answer),
    ]


def _diagonal(name: str, mean: np.ndarray, sds: np.ndarray) -> PlaneGaussian:
    return PlaneGaussian(name, "expert", mean, np.diag(sds**2))


def _axes() -> list[str]:
    middle = (SIZE / 2, TOP + SIZE / 2)
    cross = f"M0 {middle[1]}H{SIZE}M{middle[0]} {TOP}V{_BOTTOM}"
    return [element("path", d=cross, stroke="#E4E4E4")]
