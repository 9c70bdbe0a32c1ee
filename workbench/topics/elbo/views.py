"""Pictures of bounds in one call each."""

from __future__ import annotations

from ...drawing.charts import Chart
from .arrays import Ladder
from .charts import ladder_chart


def show_ladder_of_bounds(ladder: Ladder) -> Chart:
    """The bounds, one above the other, up to the exact evidence where it is known."""
    return ladder_chart(ladder)
