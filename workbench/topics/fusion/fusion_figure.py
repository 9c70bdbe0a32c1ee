"""The panels of the fusion playground, on a line or in a plane."""

from __future__ import annotations

from ...drawing.svg import Svg
from .arrays import Fusion
from .line_figure import line_experts, line_families, to_line
from .numbers_figure import bounds_figure, divergences_figure, mean_shares_figure
from .plane_figure import plane_experts, plane_families, to_plane


def fusion_figures(answer: Fusion) -> dict[str, Svg]:
    """Panel → figure."""
    line = answer.dimensions == 1
    return {
        "experts": line_experts(answer) if line else plane_experts(answer),
        "densities": line_families(answer) if line else plane_families(answer),
        "bounds": bounds_figure(answer),
        "divergences": divergences_figure(answer),
        "shares": mean_shares_figure(answer),
    }


def place_of(x: float, y: float, dimensions: int) -> tuple[float, ...]:
    """Where a place in the panel ``experts`` lies in the latent space, one number a dimension."""
    return (to_line(x),) if dimensions == 1 else to_plane(x, y)
