"""Private latents beside the shared one."""

from __future__ import annotations

from .study import private_study
from .train import train_private_sizes
from .views import show_style_swaps, show_trade, show_whereabouts

__all__ = ["private_study", "show_style_swaps", "show_trade", "show_whereabouts", "train_private_sizes"]
