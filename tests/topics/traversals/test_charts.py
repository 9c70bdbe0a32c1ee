"""Charts of walks show the numbers that they were given."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.topics.traversals.arrays import Readings
from workbench.topics.traversals.charts import flips_chart, use_chart, view_agreement_chart


def test_use_has_a_line_a_belief_and_the_silent_product() -> None:
    chart = use_chart({"β = 1": {"a": np.array([2.0, 1.0]), "all": np.array([3.0, 2.5])}}, ["a"], 0.25)
    lines = {line.get_label(): list(line.get_ydata()) for line in chart.axes[0].lines}
    assert lines == {"a": [2, 1], "all": [3, 2.5], "all, no expert says anything": [0.25, 0.25]}


def test_agreement_is_drawn_walk_by_walk_and_on_average() -> None:
    places = np.array([-1.0, 1.0])
    one = Readings({"a": np.array([[1, 2], [3, 3]]), "b": np.array([[1, 1], [3, 3]])}, places, "sd")
    other = Readings({"a": np.array([[1, 1], [3, 3]]), "b": np.array([[2, 2], [3, 2]])}, places, "sd")
    lines = [
        list(line.get_ydata()) for line in view_agreement_chart({"x": one, "y": other}, "title").axes[0].lines
    ]
    assert lines[:3] == [[1, 0.5], [0.5, 0], [0.75, 0.25]]
    assert len(view_agreement_chart({"x": one}, "title").axes[0].lines) == 2


def test_flips_are_stacked_start_something_else_and_end() -> None:
    read = np.array([[1, 1, 2], [1, 3, 2]])
    chart = flips_chart(Readings({"a": read, "b": read}, np.array([0.0, 0.5, 1.0]), "share"), "title")
    axes = chart.axes[0]
    tops = [stack.get_paths()[0].get_extents().y1 for stack in axes.collections]
    assert tops == pytest.approx([1, 1, 1]) and len(axes.collections) == 3
    middle = [stack.get_paths()[0].vertices for stack in axes.collections]
    assert {float(y) for x, y in middle[0] if x == 0.5} == {0.0, 0.5}
    assert {float(y) for x, y in middle[1] if x == 0.5} == {0.5, 1.0}
    assert [text.get_text() for text in axes.texts] == ["start", "end", "something\nelse"]
