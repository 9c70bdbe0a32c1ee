"""A two-dimensional latent space while it is learnt: every datum as its label, in a frame that stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...drawing.axes import apart_in_plane
from ...drawing.colours import FAINT, INK, PRIOR, modality_colours, shade
from ...drawing.plane import Plane
from ...drawing.svg import Svg, element, heading, label, name_on_anything
from ...posteriors.arrays import LatentPlane, PlaneGaussian
from ...posteriors.plane_figure import NAME_HEIGHT, SIZE, TOP

#: The frame runs from −HALF to HALF: the prior at two standard deviations, and a little more.
HALF = 2.5


def latent_figure(plane: LatentPlane, modalities: list[str]) -> Svg:
    """Means of the data, the prior, posteriors of watched samples, and experts and posterior of the chosen one."""
    frame, colours = Plane(np.zeros(2), HALF, SIZE, TOP), modality_colours(modalities)
    inside = _data(frame, plane)
    inside.append(frame.ellipse(plane.prior, PRIOR, 1.5, dash="5 4"))
    inside += [frame.ellipse(gaussian, "#7A7A7A", 1.5, fill=0.12) for gaussian in _of(plane, "watched")]
    # One element a modality, shown or not: what a browser moves keeps its identity.
    experts = {gaussian.name: gaussian for gaussian in _of(plane, "expert")}
    inside += [
        frame.ellipse(experts[name], colours[name], 2.5, fill=0.1)
        if name in experts
        else element("path", d="M0 0", stroke="none", fill="none")
        for name in modalities
    ]
    inside += [frame.ellipse(gaussian, INK, 3, fill=0.1) for gaussian in _of(plane, "posterior")]
    inside.append(
        element("path", d=frame.dots(plane.draws), stroke=INK, stroke_width=5, stroke_linecap="round")
    )
    inside += _names(frame, list(experts.values()), colours)
    body = [
        heading("The latent space", f"2 sd · frame ±{HALF:g}"),
        frame.framed(inside, "latent"),
        *_legend(plane, TOP + SIZE + 16),
    ]
    return Svg(SIZE, TOP + SIZE + 42, "".join(body), "The two latent dimensions: data, prior and posteriors")


def outside(plane: LatentPlane) -> float:
    """Share of the data whose means lie outside the frame."""
    return float((np.abs(plane.points) > HALF).any(1).mean())


def _of(plane: LatentPlane, role: str) -> list[PlaneGaussian]:
    return [gaussian for gaussian in plane.gaussians if gaussian.role == role]


def _data(frame: Plane, plane: LatentPlane) -> list[str]:
    """Each datum as its label where there are few classes, one element a class; else as a dot."""
    classes = [] if plane.labels is None else list(np.unique(plane.labels))
    if not 0 < len(classes) <= 12 or plane.labels is None:
        return [
            element(
                "path", d=frame.dots(plane.points), stroke="#B4B4B4", stroke_width=4, stroke_linecap="round"
            )
        ]
    parts = []
    for i, value in enumerate(classes):
        places = frame.pixels(plane.points[plane.labels == value])
        text = str(value)[-1]
        parts.append(
            element(
                "text",
                text * len(places),
                x=" ".join(f"{x:.0f}" for x in places[:, 0] - 3),
                y=" ".join(f"{y:.0f}" for y in places[:, 1] + 4),
                font_size=11,
                # The bright end of the scale is hard to read on white.
                fill=shade(0.8 * i / max(len(classes) - 1, 1)),
            )
        )
    return parts


def _names(frame: Plane, experts: Sequence[PlaneGaussian], colours: Mapping[str, str]) -> list[str]:
    """Beside the ellipses, where they hide nothing of them."""
    places = []
    for gaussian in experts:
        x, y = frame.pixels(gaussian.centre[None])[0]
        reach = 2.0 * float(np.sqrt(gaussian.covariance[0, 0])) / HALF * SIZE / 2
        places.append((float(np.clip(x + reach + 6, 4, SIZE - 60)), float(y) + 4))
    moved = apart_in_plane(places, 60, NAME_HEIGHT, TOP + 18, TOP + SIZE - 4)
    return [
        name_on_anything(x, y, gaussian.name, colours[gaussian.name])
        for gaussian, (x, y) in zip(experts, moved, strict=True)
    ]


def _legend(plane: LatentPlane, y: float) -> list[str]:
    roles = {gaussian.role for gaussian in plane.gaussians}
    own = "colour: experts · black: posterior" if "expert" in roles else "black: nothing is shown"
    far = outside(plane)
    data = f"digits: data, at their posterior means{f' · {far:.0%} lie outside' if far else ''}"
    return [
        label(0, y, f"dashed: prior · grey: eight others · {own}", 11, FAINT),
        label(0, y + 16, data, 11, FAINT),
    ]
