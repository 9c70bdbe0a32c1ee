"""A two-dimensional latent space while it is learnt: every datum as its label, in a frame that stays."""

from __future__ import annotations

import numpy as np

from ...drawing.colours import FAINT, INK, PRIOR, modality_colours, shade
from ...drawing.svg import Svg, element, heading, label, name_on_anything, title
from ...posteriors.arrays import LatentPlane, PlaneGaussian
from ...posteriors.plane_figure import SIZE, TOP, Frame, gaussian_path

#: The frame runs from −HALF to HALF: the prior at two standard deviations, and a little more.
HALF = 2.5


def latent_figure(plane: LatentPlane, modalities: list[str]) -> Svg:
    """Means of the data, the prior, posteriors of watched samples, and experts and posterior of the chosen one."""
    frame, colours = Frame(np.zeros(2), HALF), modality_colours(modalities)
    inside = _data(frame, plane)
    inside.append(_ellipse(frame, plane.prior, PRIOR, 1.5, dash="5 4"))
    inside += [_ellipse(frame, gaussian, "#7A7A7A", 1.5, fill=0.12) for gaussian in _of(plane, "watched")]
    # One element a modality, shown or not: what a browser moves keeps its identity.
    experts = {gaussian.name: gaussian for gaussian in _of(plane, "expert")}
    inside += [_ellipse(frame, experts.get(name), colours[name], 2.5, fill=0.1) for name in modalities]
    inside += [_ellipse(frame, gaussian, INK, 3, fill=0.1) for gaussian in _of(plane, "posterior")]
    inside.append(
        element("path", d=frame.dots(plane.draws), stroke=INK, stroke_width=5, stroke_linecap="round")
    )
    inside += [_name(frame, gaussian, colours[gaussian.name]) for gaussian in experts.values()]
    clip = element("clipPath", element("rect", x=0, y=TOP, width=SIZE, height=SIZE), id="latent")
    body = [
        heading("The latent space", f"2 sd · frame ±{HALF:g}"),
        clip,
        element("g", "".join(inside), clip_path="url(#latent)"),
        element("rect", x=0.5, y=TOP, width=SIZE - 1, height=SIZE - 1, fill="none", stroke="#E4E4E4"),
        *_legend(plane, TOP + SIZE + 16),
    ]
    return Svg(SIZE, TOP + SIZE + 42, "".join(body), "The two latent dimensions: data, prior and posteriors")


def outside(plane: LatentPlane) -> float:
    """Share of the data whose means lie outside the frame."""
    return float((np.abs(plane.points) > HALF).any(1).mean())


def _of(plane: LatentPlane, role: str) -> list[PlaneGaussian]:
    return [gaussian for gaussian in plane.gaussians if gaussian.role == role]


def _data(frame: Frame, plane: LatentPlane) -> list[str]:
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


def _ellipse(
    frame: Frame,
    gaussian: PlaneGaussian | None,
    colour: str,
    width: float,
    *,
    dash: str | None = None,
    fill: float = 0.0,
) -> str:
    if gaussian is None:
        return element("path", d="M0 0", stroke="none", fill="none")
    return element(
        "path",
        title(gaussian.name),
        d=gaussian_path(gaussian, frame),
        stroke=colour,
        stroke_width=width,
        # A posterior that has shrunk to nothing stays visible, as a dot.
        stroke_linejoin="round",
        stroke_dasharray=dash,
        fill=colour if fill else "none",
        fill_opacity=fill or None,
    )


def _name(frame: Frame, gaussian: PlaneGaussian, colour: str) -> str:
    """Beside the ellipse, where it hides nothing of it."""
    x, y = frame.pixels(gaussian.centre[None])[0]
    reach = 2.0 * float(np.sqrt(gaussian.covariance[0, 0])) / HALF * SIZE / 2
    left = float(np.clip(x + reach + 6, 4, SIZE - 60))
    return name_on_anything(left, float(np.clip(y, TOP + 14, TOP + SIZE - 8)) + 4, gaussian.name, colour)


def _legend(plane: LatentPlane, y: float) -> list[str]:
    roles = {gaussian.role for gaussian in plane.gaussians}
    own = "colour: experts · black: posterior" if "expert" in roles else "black: nothing is shown"
    far = outside(plane)
    data = f"digits: data, at their posterior means{f' · {far:.0%} lie outside' if far else ''}"
    return [
        label(0, y, f"dashed: prior · grey: eight others · {own}", 11, FAINT),
        label(0, y + 16, data, 11, FAINT),
    ]
