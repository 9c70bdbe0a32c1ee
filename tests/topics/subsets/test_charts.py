"""The charts of beliefs show the numbers that they were given."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.topics.subsets.arrays import Rates, SubsetBeliefs
from workbench.topics.subsets.charts import answers_chart, evidence_chart, rates_chart

SUBSETS: list[tuple[str, ...]] = [("a",), ("b",), ("a", "b")]
BELIEFS = SubsetBeliefs(
    modalities=["a", "b"],
    subsets=SUBSETS,
    kl=np.array([[1.0, 3.0], [4.0, 6.0], [7.0, 7.0]]),
    distance=np.zeros((3, 2)),
    shares={("a",): {"a": 1.0}, ("b",): {"b": 1.0}, ("a", "b"): {"a": 0.3, "b": 0.65, "prior": 0.05}},
    read={},
    right={"a": np.array([[0.0, 1.0], [0.5, 1.0], [1.0, 1.0]]), "b": np.array([[0.0, 0.0]] * 3)},
    disagreement={},
)


def test_evidence_shows_nats_and_shares_with_their_names() -> None:
    left, right = evidence_chart(BELIEFS).axes
    assert [bar.get_width() for bar in left.patches] == pytest.approx([2, 5, 7])
    assert [text.get_text() for text in left.texts] == ["2.0", "5.0", "7.0"]
    # Two standard errors of [1, 3]: 2 · 1.
    assert left.collections[0].get_segments()[0][:, 0] == pytest.approx([0, 4])
    assert [bar.get_width() for bar in right.patches] == pytest.approx([1, 1, 0.3, 0.65, 0.05])
    assert [bar.get_x() for bar in right.patches] == pytest.approx([0, 0, 0, 0.3, 0.95])
    assert [text.get_text() for text in right.texts] == ["a 100%", "b 100%", "a 30%", "b 65%"]
    assert [label.get_text() for label in left.get_yticklabels()] == ["a", "b", "a + b"]


def test_answers_have_a_marker_a_view() -> None:
    axes = answers_chart(BELIEFS, chance=0.1).axes[0]
    points = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 3]
    assert [list(x) for x in points] == [[0.5, 0.75, 1.0], [0.0, 0.0, 0.0]]
    assert "chance" in [text.get_text() for text in axes.texts]


def test_rates_say_how_many_samples_are_behind_them() -> None:
    rates = Rates(
        "score", ["lowest", "highest"], np.array([0.2, 0.8]), np.array([0.1, 0.05]), np.array([5, 6])
    )
    axes = rates_chart([rates, rates], "title", "share").axes[1]
    assert [bar.get_height() for bar in axes.patches] == pytest.approx([0.2, 0.8])
    assert axes.collections[0].get_segments()[0][:, 1] == pytest.approx([0, 0.4])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["lowest\n(5)", "highest\n(6)"]
