"""Charts of measures show them with their errors."""

from __future__ import annotations

import pytest

from workbench.metrics.charts import coherence_chart


def test_coherence_chart_draws_two_standard_errors():
    axes = coherence_chart([1, 2], [0.5, 0.7], [0.01, 0.02], 0.1).axes[0]
    (bars,) = axes.containers[0].lines[2]
    heights = [segment[1, 1] - segment[0, 1] for segment in bars.get_segments()]
    assert heights == pytest.approx([0.04, 0.08])
