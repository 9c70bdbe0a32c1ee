"""A part of a plane in SVG: points, and Gaussians as ellipses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from .svg import element, title

# Control points of a circle made of four cubic curves, good to 0.03 %.
_KAPPA = 0.5522847
_CIRCLE = np.array(
    [
        [1, 0], [1, _KAPPA], [_KAPPA, 1], [0, 1], [-_KAPPA, 1], [-1, _KAPPA], [-1, 0],
        [-1, -_KAPPA], [-_KAPPA, -1], [0, -1], [_KAPPA, -1], [1, -_KAPPA], [1, 0],
    ]
)  # fmt: skip


class Gaussian(Protocol):
    """What can be drawn as an ellipse."""

    @property
    def name(self) -> str:
        """What it is of."""

    @property
    def centre(self) -> np.ndarray:
        """(2,)."""

    @property
    def covariance(self) -> np.ndarray:
        """(2, 2)."""


class Plane:
    """A square part of a plane, with one scale for both directions.

    Args:
        centre: of the part, (2,).
        half: from the centre to an edge.
        size: from edge to edge, in pixels.
        top: pixels above it.
    """

    def __init__(self, centre: np.ndarray, half: float, size: float, top: float) -> None:
        self.centre, self.half, self.size, self.top = centre, half, size, top

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) → (n, 2); the second coordinate points up."""
        unit, middle = (points - self.centre) / self.half, self.size / 2
        return np.stack([middle * (1 + unit[..., 0]), self.top + middle * (1 - unit[..., 1])], -1)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """From pixels back to the plane."""
        scale, middle = 2 * self.half / self.size, self.size / 2
        return (
            float(self.centre[0]) + (x - middle) * scale,
            float(self.centre[1]) + (self.top + middle - y) * scale,
        )

    def dots(self, points: np.ndarray) -> str:
        """A path that draws one dot a point, much shorter than one element a point."""
        return "".join(f"M{x:.0f} {y:.0f}h0" for x, y in self.pixels(points)) or "M0 0"

    def ellipse_path(self, gaussian: Gaussian, sds: float) -> str:
        """Where its density has fallen as at ``sds`` standard deviations, as four cubic curves."""
        values, directions = np.linalg.eigh(gaussian.covariance)
        half = directions * (sds * np.sqrt(np.maximum(values, 0)))
        # Always the same orientation, so that a browser can move one ellipse into another without a twirl.
        if np.linalg.det(directions) < 0:
            half[:, 1] *= -1
        points = self.pixels(gaussian.centre + _CIRCLE @ half.T)
        start, rest = points[0], points[1:].reshape(4, 6)
        curves = "".join("C" + " ".join(f"{value:.1f}" for value in curve) for curve in rest)
        return f"M{start[0]:.1f} {start[1]:.1f}{curves}Z"

    def ellipse(
        self,
        gaussian: Gaussian,
        colour: str,
        width: float,
        *,
        sds: float = 2.0,
        dash: str | None = None,
        fill: float = 0.0,
        solid: str | None = None,
        opacity: float | None = None,
    ) -> str:
        """A Gaussian as the ellipse of its covariance.

        Args:
            gaussian: its name is what a browser says of the ellipse.
            colour: of the line and of a faint filling.
            width: of the line.
            sds: at how many standard deviations.
            dash: of the line.
            fill: opacity of the filling in the line's colour.
            solid: another colour for the filling.
            opacity: of all.
        """
        return element(
            "path",
            title(gaussian.name),
            d=self.ellipse_path(gaussian, sds),
            stroke=colour,
            stroke_width=width,
            # What has shrunk to nothing stays visible, as a dot.
            stroke_linejoin="round",
            stroke_dasharray=dash,
            fill=solid or (colour if fill else "none"),
            fill_opacity=fill or (0.6 if solid else None),
            opacity=opacity,
        )

    def framed(self, inside: Iterable[str], name: str) -> str:
        """Elements, cut off at the edges, and a faint frame; ``name`` is the frame's own in the page."""
        clip = element("rect", x=0, y=self.top, width=self.size, height=self.size)
        return (
            element("clipPath", clip, id=name)
            + element("g", "".join(inside), clip_path=f"url(#{name})")
            + element(
                "rect",
                x=0.5,
                y=self.top,
                width=self.size - 1,
                height=self.size - 1,
                fill="none",
                stroke="#E4E4E4",
            )
        )
