"""The generalised ELBO, term by term, and the ladder of bounds."""

from __future__ import annotations

from .analysis import objectives, subset_bounds
from .charts import beta_chart as show_objectives
from .charts import ladder_chart as show_ladder_of_bounds
from .charts import mixture_weights_chart as show_weights
from .charts import subset_bounds_chart as show_subset_bounds
from .ladder import bound_ladder

__all__ = [
    "bound_ladder",
    "objectives",
    "show_ladder_of_bounds",
    "show_objectives",
    "show_subset_bounds",
    "show_weights",
    "subset_bounds",
]
