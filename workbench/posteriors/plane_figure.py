"""Posteriors in a plane of the latent space: data behind, prior dashed, experts in colour, posterior black."""

from __future__ import annotations

import numpy as np

from ..drawing.axes import apart_in_plane
from ..drawing.colours import FAINT, INK, PRIOR, modality_colours
from ..drawing.plane import Plane
from ..drawing.svg import Svg, element, heading, label, name_on_anything
from .arrays import LatentPlane, PlaneGaussian

SIZE, TOP, NAME_HEIGHT = 380, 24, 14
#: The legend says the names of so many classes at most.
FEW_CLASSES = 5


def plane_figure(plane: LatentPlane, modalities: list[str], size: int = SIZE) -> Svg:
    """The plane, ``size`` pixels wide, with a legend of what is drawn."""
    body = heading("Posteriors in the latent space", "2 sd") + plane_body(plane, modalities, size)
    legend = _legend(plane, TOP + size + 16, size // 6)
    return Svg(
        size,
        TOP + size + max(64, 16 + 15 * len(legend)),
        body + "".join(legend),
        "Posteriors, experts, prior and data in two latent directions",
    )


def plane_body(plane: LatentPlane, modalities: list[str], size: int = SIZE) -> str:
    """The plane alone, ``size`` pixels wide and high, below a line for a heading."""
    frame = plane_around(plane, size)
    colours = modality_colours(modalities)
    inside = [
        element("path", d=frame.dots(plane.points), stroke="#D2D2D2", stroke_width=4, stroke_linecap="round")
    ]
    inside.append(frame.ellipse(plane.prior, PRIOR, 1.5, dash="5 4"))
    inside += _class_names(frame, plane)
    components = sum(gaussian.role == "component" for gaussian in plane.gaussians)
    for gaussian in plane.gaussians:
        if gaussian.role == "expert":
            inside.append(frame.ellipse(gaussian, colours[gaussian.name], 2.5, fill=0.10))
        elif gaussian.role == "full":
            inside.append(frame.ellipse(gaussian, INK, 1.2, dash="2 3"))
        elif gaussian.role == "component":
            inside.append(frame.ellipse(gaussian, INK, max(0.8, 2.5 - 0.3 * components), fill=0.03))
        else:
            inside.append(frame.ellipse(gaussian, INK, 3, fill=0.08))
    inside.append(
        element("path", d=frame.dots(plane.draws), stroke=INK, stroke_width=5, stroke_linecap="round")
    )
    inside += _names(frame, [gaussian for gaussian in plane.gaussians if gaussian.role == "expert"], colours)
    return frame.framed(inside, f"plane-{size}")


def plane_around(plane: LatentPlane, size: int = SIZE) -> Plane:
    """The data and the prior fit in, whatever the posterior: nothing jumps when it changes."""
    corners = np.concatenate([plane.points, plane.prior.centre + np.array([[-2.2, -2.2], [2.2, 2.2]])])
    low, high = np.quantile(corners, 0.002, 0), np.quantile(corners, 0.998, 0)
    low = np.minimum(low, plane.prior.centre - 2.2)
    high = np.maximum(high, plane.prior.centre + 2.2)
    return Plane((low + high) / 2, float((high - low).max()) / 2 * 1.04, size, TOP)


def _names(frame: Plane, gaussians: list[PlaneGaussian], colours: dict[str, str]) -> list[str]:
    """The name of each expert in its colour at the centre of its ellipse, readable on anything."""
    centres = [frame.pixels(gaussian.centre[None])[0] for gaussian in gaussians]
    inside = [(float(np.clip(x, 30, frame.size - 30)), float(y) + 4) for x, y in centres]
    places = apart_in_plane(inside, 60, NAME_HEIGHT, TOP + 18, TOP + frame.size - 4)
    return [
        name_on_anything(x, y, gaussian.name, colours[gaussian.name], "middle")
        for gaussian, (x, y) in zip(gaussians, places, strict=True)
    ]


def _are_classes(plane: LatentPlane) -> bool:
    return plane.labels is not None and len(np.unique(plane.labels)) <= 12


def _class_names(frame: Plane, plane: LatentPlane) -> list[str]:
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
    if not _are_classes(plane):
        return [*parts, "grey: data"]
    return [*parts, "grey: data, a number where a class lies", *_class_list(plane)]


def _class_list(plane: LatentPlane) -> list[str]:
    """What a few numbers of classes stand for."""
    few = len(plane.class_names) <= FEW_CLASSES
    return [f"{i}: {name}" for i, name in enumerate(plane.class_names)] if few else []


def _legend(plane: LatentPlane, y: float, letters: int) -> list[str]:
    lines = [""]
    for part in [*line_meanings(plane), plane.about]:
        joined = f"{lines[-1]} · {part}" if lines[-1] else part
        lines = [*lines[:-1], joined] if len(joined) <= letters else [*lines, part]
    return [label(0, y + 15 * i, line, 11, FAINT) for i, line in enumerate(lines)]
