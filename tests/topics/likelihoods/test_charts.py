"""The charts of likelihoods show the numbers that they were given."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.topics.likelihoods.arrays import EstimatorErrors, ValuesByPlace
from workbench.topics.likelihoods.charts import draws_chart, estimator_chart


def test_errors_are_drawn_as_rms_and_places_as_values() -> None:
    errors = EstimatorErrors([10, 100], {"good": np.array([[3.0, 4.0], [0.3, 0.4]])}, exact=5.0)
    chart = estimator_chart(errors, ValuesByPlace({"good": np.array([5.1, 4.9, 5.0])}, exact=5.0))
    left, right = chart.axes
    assert left.lines[0].get_ydata() == pytest.approx([12.5**0.5, 0.125**0.5])
    assert left.lines[0].get_xdata() == pytest.approx([10, 100])
    assert right.lines[0].get_ydata() == pytest.approx([5.1, 4.9, 5.0])
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["good"]


def test_draws_have_a_panel_a_family_and_a_mean_a_proposal() -> None:
    values = np.array([[3.0, 5.0], [2.0, 4.0]])
    chart = draws_chart({"A": {"p": ([8, 16], values)}, "B": {"p": ([8, 16], values)}})
    assert [axes.get_title() for axes in chart.axes] == ["A", "B"]
    drawn = [tuple(line.get_ydata()) for line in chart.axes[0].lines]
    assert drawn == [(3.0, 2.0), (5.0, 4.0), (4.0, 3.0)]
    assert [tick.get_text() for tick in chart.axes[0].get_xticklabels()] == ["8", "16"]
    assert chart._repr_png_().startswith(b"\x89PNG")
