"""The charts of likelihoods show the numbers that they were given."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.drawing.charts import ForestPoint, forest_chart
from workbench.topics.elbo.arrays import Ladder
from workbench.topics.elbo.charts import ladder_chart
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


def test_the_ladder_marks_the_evidence_where_it_is_known() -> None:
    known = ladder_chart(Ladder(["loose", "tight"], [-3.0, -2.0], [0.1, 0.05], evidence=-1.9))
    texts = [text.get_text() for text in known.axes[0].texts]
    assert texts == ["−3.00", "−2.00", "exact ln p(x) −1.90"]
    assert [label.get_text() for label in known.axes[0].get_yticklabels()] == ["loose", "tight"]
    unknown = ladder_chart(Ladder(["loose"], [-3.0], [0.1]))
    assert [text.get_text() for text in unknown.axes[0].texts] == ["−3.00"]


def test_a_forest_has_a_panel_a_group_and_two_intervals_a_row() -> None:
    bars = [
        ForestPoint("a − b", -1.0, (-2.0, 0.0), (-3.0, 1.0)),
        ForestPoint("c − b", 2.0, (1.5, 2.5), (1.0, 3.0)),
    ]
    chart = forest_chart({"one": bars, "two": bars}, "images", "seeds", "title", "nats")
    assert [axes.get_title() for axes in chart.axes] == ["one", "two"]
    spans = [tuple(line.get_xdata()) for line in chart.axes[0].lines]
    for bar in bars:
        assert bar.thick in spans and bar.thin in spans and (bar.value,) in spans
    assert [label.get_text() for label in chart.axes[0].get_yticklabels()] == ["a − b", "c − b"]
    assert {text.get_text() for text in chart.legends[0].get_texts()} == {"images", "seeds"}


def test_draws_have_a_panel_a_family_and_a_mean_a_proposal() -> None:
    values = np.array([[3.0, 5.0], [2.0, 4.0]])
    chart = draws_chart({"A": {"p": ([8, 16], values)}, "B": {"p": ([8, 16], values)}})
    assert [axes.get_title() for axes in chart.axes] == ["A", "B"]
    drawn = [tuple(line.get_ydata()) for line in chart.axes[0].lines]
    assert drawn == [(3.0, 2.0), (5.0, 4.0), (4.0, 3.0)]
    assert [tick.get_text() for tick in chart.axes[0].get_xticklabels()] == ["8", "16"]
    assert chart._repr_png_().startswith(b"\x89PNG")
