"""How experts are fused: products, mixtures, and mixtures of products."""

from __future__ import annotations

from .expert_charts import calibration_chart as show_calibration
from .expert_charts import component_chart as show_components
from .expert_charts import expert_panels as show_experts
from .experts import calibration, fuse_experts

__all__ = ["calibration", "fuse_experts", "show_calibration", "show_components", "show_experts"]
