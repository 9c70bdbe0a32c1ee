"""A model and a likelihood of one's own."""

from __future__ import annotations

from .refusals import refusals
from .views import show_costs

__all__ = ["refusals", "show_costs"]
