"""Pictures of fused experts in one call each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...drawing.charts import Chart
from .arrays import Calibration, FusedExperts
from .expert_charts import calibration_chart, component_chart, expert_panels


def show_experts(
    situations: Mapping[str, FusedExperts], families: Sequence[str] = ("product", "mixture")
) -> Chart:
    """One panel a situation: experts as coloured areas, families as lines, their means ± 1 sd below.

    Args:
        situations: title → experts.
        families: which to draw.
    """
    return expert_panels(situations, families)


def show_components(fused: FusedExperts) -> Chart:
    """Left: each component of MoPoE by itself, with dots for who speaks. Right: their plain average."""
    return component_chart(fused)


def show_calibration(found: Calibration) -> Chart:
    """Left: claimed against actual coverage; below the diagonal is overconfident. Right: how wide the claims are."""
    return calibration_chart(found)
