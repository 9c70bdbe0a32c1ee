"""Pictures of the posteriors of all subsets in one call each."""

from __future__ import annotations

from collections.abc import Sequence

from ...drawing.charts import Chart
from .arrays import Rates, SubsetBeliefs
from .charts import answers_chart, evidence_chart, rates_chart


def show_evidence(beliefs: SubsetBeliefs) -> Chart:
    """One row a subset. Left: mean KL to the prior, two standard errors. Right: shares of the precision."""
    return evidence_chart(beliefs)


def show_answers(beliefs: SubsetBeliefs, chance: float) -> Chart:
    """One row a subset: the share of imagined views that show the right digit, a marker a view.

    Args:
        beliefs: the arrays.
        chance: what guessing reaches.
    """
    return answers_chart(beliefs, chance)


def show_rates(rates: Sequence[Rates], title: str, ylabel: str) -> Chart:
    """One panel a score: the mean in each group, two standard errors, and how many samples it has."""
    return rates_chart(rates, title, ylabel)
