"""Pictures of measures in one call each."""

from __future__ import annotations

from ..drawing.charts import Chart
from .charts import coherence_chart
from .coherence import Coherence


def show_coherence(coherence: Coherence) -> Chart:
    """Conditional coherence by number of modalities seen, with two standard errors."""
    by_number = coherence.by_observed
    return coherence_chart(
        list(by_number),
        [summary.value for summary in by_number.values()],
        [summary.standard_error for summary in by_number.values()],
        coherence.chance,
    )
