"""A model watched while it trains."""

from __future__ import annotations

from .analysis import look_at
from .data import digits_on_paper
from .trainer import LiveTraining

__all__ = ["LiveTraining", "digits_on_paper", "look_at"]
