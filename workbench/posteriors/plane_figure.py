"""Posteriors in a plane of the latent space: data behind, prior dashed, experts in colour, posterior black."""

from __future__ import annotations

import numpy as np

from ..drawing.colours import FAINT, INK, PRIOR, modality_colours
from ..drawing.svg import Svg, element, heading, label, name_on_anything, title
from .arrays import LatentPlane, PlaneGaussian

SIZE, TOP, LINE = 380, 24, 14
#: Ellipses are drawn at this many standard deviations.
SDS = 2.0
# Control points of a circle made of four cubic curves, good to 0.03 %.
_KAPPA = 0.5522847
_CIRCLE = np.array(
    [
        [1, 0], [1, _KAPPA], [_KAPPA, 1], [0, 1], [-_KAPPA, 1], [-1, _KAPPA], [-1, 0],
        [-1, -_KAPPA], [-_KAPPA, -1], [0, -1], [_KAPPA, -1], [1, -_KAPPA], [1, 0],
    ]
)  # fmt: skip


def plane_figure(plane: LatentPlane, modalities: list[str], size: int = SIZE) -> Svg:
    """The plane, ``size`` pixels wide, with a legend of what is drawn."""
    body = heading("Posteriors in the latent space", "2 sd") + plane_body(plane, modalities, size)
    return Svg(
        size,
        TOP + size + 64,
        body + "".join(_legend(plane, TOP + size + 16, size // 6)),
        "Posteriors, experts, prior and data in two latent directions",
    )


def plane_body(plane: LatentPlane, modalities: list[str], size: int = SIZE) -> str:
    """The plane alone, ``size`` pixels wide and high, below a line for a heading."""
    frame = Frame.around(plane, size)
    colours = modality_colours(modalities)
    inside = [
        element("path", d=frame.dots(plane.points), stroke="#D2D2D2", stroke_width=4, stroke_linecap="round")
    ]
    inside.append(_ellipse(frame, plane.prior, PRIOR, 1.5, dash="5 4"))
    inside += _class_names(frame, plane)
    components = sum(gaussian.role == "component" for gaussian in plane.gaussians)
    for gaussian in plane.gaussians:
        if gaussian.role == "expert":
            inside.append(_ellipse(frame, gaussian, colours[gaussian.name], 2.5, fill=0.10))
        elif gaussian.role == "full":
            inside.append(_ellipse(frame, gaussian, INK, 1.2, dash="2 3"))
        elif gaussian.role == "component":
            inside.append(_ellipse(frame, gaussian, INK, max(0.8, 2.5 - 0.3 * components), fill=0.03))
        else:
            inside.append(_ellipse(frame, gaussian, INK, 3, fill=0.08))
    inside.append(
        element("path", d=frame.dots(plane.draws), stroke=INK, stroke_width=5, stroke_linecap="round")
    )
    inside += _names(frame, [gaussian for gaussian in plane.gaussians if gaussian.role == "expert"], colours)
    clip = element("rect", x=0, y=TOP, width=size, height=size)
    border = element("rect", x=0.5, y=TOP, width=size - 1, height=size - 1, fill="none", stroke="#E4E4E4")
    return (
        element("clipPath", clip, id=f"plane-{size}")
        + element("g", "".join(inside), clip_path=f"url(#plane-{size})")
        + border
    )


class Frame:
    """From latent coordinates to pixels: one scale for both directions."""

    def __init__(self, centre: np.ndarray, half: float, size: int = SIZE) -> None:
        self.centre, self.half, self.size = centre, half, size

    @classmethod
    def around(cls, plane: LatentPlane, size: int = SIZE) -> Frame:
        """The data and the prior fit in, whatever the posterior: nothing jumps when it changes."""
        corners = np.concatenate([plane.points, plane.prior.centre + np.array([[-2.2, -2.2], [2.2, 2.2]])])
        low, high = np.quantile(corners, 0.002, 0), np.quantile(corners, 0.998, 0)
        low = np.minimum(low, plane.prior.centre - 2.2)
        high = np.maximum(high, plane.prior.centre + 2.2)
        return cls((low + high) / 2, float((high - low).max()) / 2 * 1.04, size)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) → (n, 2); the second axis points up."""
        unit, middle = (points - self.centre) / self.half, self.size / 2
        return np.stack([middle * (1 + unit[..., 0]), TOP + middle * (1 - unit[..., 1])], -1)

    def dots(self, points: np.ndarray) -> str:
        """A path that draws one dot a point, much shorter than one element a point."""
        return "".join(f"M{x:.0f} {y:.0f}h0" for x, y in self.pixels(points)) or "M0 0"


def gaussian_path(gaussian: PlaneGaussian, frame: Frame, sds: float = SDS) -> str:
    """The ellipse of a Gaussian at ``sds`` standard deviations, as four cubic curves."""
    values, directions = np.linalg.eigh(gaussian.covariance)
    half = directions * (sds * np.sqrt(np.maximum(values, 0)))
    # Always the same orientation, so that a browser can move one ellipse into another without a twirl.
    if np.linalg.det(directions) < 0:
        half[:, 1] *= -1
    points = frame.pixels(gaussian.centre + _CIRCLE @ half.T)
    start, rest = points[0], points[1:].reshape(4, 6)
    curves = "".join("C" + " ".join(f"{value:.1f}" for value in curve) for curve in rest)
    return f"M{start[0]:.1f} {start[1]:.1f}{curves}Z"


def _ellipse(
    frame: Frame,
    gaussian: PlaneGaussian,
    colour: str,
    width: float,
    *,
    dash: str | None = None,
    fill: float = 0.0,
) -> str:
    return element(
        "path",
        title(gaussian.name),
        d=gaussian_path(gaussian, frame),
        stroke=colour,
        stroke_width=width,
        stroke_dasharray=dash,
        fill=colour if fill else "none",
        fill_opacity=fill or None,
    )


def _names(frame: Frame, gaussians: list[PlaneGaussian], colours: dict[str, str]) -> list[str]:
    """The name of each expert in its colour at the centre of its ellipse, readable on anything."""
    places: list[tuple[float, float]] = []
    drawn = {}
    centres = {gaussian.name: frame.pixels(gaussian.centre[None])[0] for gaussian in gaussians}
    for name, (x, y) in sorted(centres.items(), key=lambda item: item[1][1]):
        x = float(np.clip(x, 30, frame.size - 30))
        y = float(np.clip(y, TOP + 14, TOP + frame.size - 8)) + 4
        # Where another name stands already it goes below that one.
        y = max([y, *(v + LINE for u, v in places if abs(u - x) < 60 and v - LINE < y < v + LINE)])
        places.append((x, y))
        drawn[name] = name_on_anything(x, y, name, colours[name], "middle")
    return [drawn[gaussian.name] for gaussian in gaussians]


def _are_classes(plane: LatentPlane) -> bool:
    return plane.labels is not None and len(np.unique(plane.labels)) <= 12


def _class_names(frame: Frame, plane: LatentPlane) -> list[str]:
    if plane.labels is None or not _are_classes(plane):
        return []
    found = []
    for value in np.unique(plane.labels):
        x, y = frame.pixels(np.median(plane.points[plane.labels == value], 0)[None])[0]
        found.append(label(x, y + 5, str(value), 14, "#8A8A8A", text_anchor="middle", font_weight="600"))
    return found


def line_meanings(plane: LatentPlane) -> list[str]:
    """What the lines of a plane mean, in a few words each."""
    roles = {gaussian.role for gaussian in plane.gaussians}
    parts = ["dashed: prior"]
    parts += ["colour: experts"] if "expert" in roles else []
    parts += ["black: posterior"] if "posterior" in roles else []
    parts += ["thin black: mixture components"] if "component" in roles else []
    parts += ["dotted: all it could see"] if "full" in roles else []
    return [*parts, "grey: data, a digit where a class lies" if _are_classes(plane) else "grey: data"]


def _legend(plane: LatentPlane, y: float, letters: int) -> list[str]:
    lines = [""]
    for part in [*line_meanings(plane), plane.about]:
        joined = f"{lines[-1]} · {part}" if lines[-1] else part
        lines = [*lines[:-1], joined] if len(joined) <= letters else [*lines, part]
    return [label(0, y + 15 * i, line, 11, FAINT) for i, line in enumerate(lines)]
