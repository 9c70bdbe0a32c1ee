"""The generalised ELBO, term by term, and the ladder of bounds."""

from __future__ import annotations

from .analysis import objectives, subset_bounds
from .ladder import bound_ladder
from .views import show_ladder_of_bounds, show_objectives, show_subset_bounds, show_weights

__all__ = [
    "bound_ladder",
    "objectives",
    "show_ladder_of_bounds",
    "show_objectives",
    "show_subset_bounds",
    "show_weights",
    "subset_bounds",
]
