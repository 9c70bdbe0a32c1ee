"""What mixtures cannot do: gaps of bounds, and quality against coherence."""

from __future__ import annotations

from .analysis import decoded_world, family_gap, train_from_truth, unseen_views, world_data
from .trade_off import mean_nll, quality_and_coherence
from .views import show_gaps, show_trade_off, show_variety
from .world import shared_and_private

__all__ = [
    "decoded_world",
    "family_gap",
    "mean_nll",
    "quality_and_coherence",
    "shared_and_private",
    "show_gaps",
    "show_trade_off",
    "show_variety",
    "train_from_truth",
    "unseen_views",
    "world_data",
]
