"""How experts are fused: products, mixtures, and mixtures of products."""

from __future__ import annotations

from .experts import calibration, fuse_experts
from .views import show_calibration, show_components, show_experts

__all__ = ["calibration", "fuse_experts", "show_calibration", "show_components", "show_experts"]
