"""Charts of bounds show the numbers that they were given."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.topics.elbo.arrays import Ladder, SubsetBounds
from workbench.topics.elbo.charts import beta_chart, ladder_chart, mixture_weights_chart, subset_bounds_chart


def test_bounds_are_sorted_and_their_gaps_add_up() -> None:
    # Two subsets, two modalities, one sample; the first is the looser and has not seen b.
    found = SubsetBounds(
        modalities=["a", "b"],
        subsets=[("a",), ("a", "b")],
        explained=np.array([[[-2.0], [-6.0]], [[-2.5], [-3.0]]]),
        divergence=np.array([[0.5], [1.0]]),
        elbos=np.array([[-8.5], [-6.5]]),
        gaps=np.array([[3.0], [1.0]]),
        evidence=np.array([-5.5]),
        best_explained=np.array([[-2.1], [-2.0]]),
        best_divergence=np.array([1.4]),
    )
    who, bound, parts = subset_bounds_chart(found).axes
    assert [bar.get_x() for bar in bound.patches] == pytest.approx([-6.5, -8.5])
    assert [bar.get_x() + bar.get_width() for bar in bound.patches] == pytest.approx([-5.5, -5.5])
    assert "mean of all:\ngeneralised ELBO" in [text.get_text() for text in bound.texts]
    assert bound.lines[-1].get_xdata() == pytest.approx([-7.5, -7.5])
    widths = np.array([bar.get_width() for bar in parts.patches]).reshape(2, 3)
    assert widths == pytest.approx(np.array([[0.4, 1.0, -0.4], [0.0, 4.0, -1.0]]))
    assert widths.sum(1) == pytest.approx([1.0, 3.0]), "what is lost less what is saved is the gap"
    assert [bar.get_hatch() for bar in parts.patches[3:5]] == [None, "////"]
    assert {" gap 1.00", " gap 3.00"} <= {text.get_text() for text in parts.texts}
    assert len(who.lines) == 2 * (1 + 2)


def test_beta_moves_along_lines_and_missing_subsets_are_dots() -> None:
    axes = beta_chart([0.0, 2.0], {"product": [-1.0, -3.0], "mixture": [-4.0, -5.0]}, -2.5).axes[0]
    drawn = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert drawn["product"] == pytest.approx([-1.0, -3.0])
    dots = [float(line.get_ydata()[0]) for line in axes.lines if line.get_marker() == "o"]
    assert dots == pytest.approx([-2.0, -4.5])
    weights = np.array([[0.5, 0.0], [0.5, 1.0]])
    who, table = mixture_weights_chart(weights, [("a",), ("b",)], ["a", "b"], ["all", "b alone"]).axes
    assert [text.get_text() for text in table.texts] == [".50", "·", ".50", "1.00"]
    assert [label.get_text() for label in table.get_xticklabels()] == ["all", "b alone"]
    assert len(who.lines) == 2 * (1 + 2)


def test_the_ladder_marks_the_evidence_where_it_is_known() -> None:
    known = ladder_chart(Ladder(["loose", "tight"], [-3.0, -2.0], [0.1, 0.05], evidence=-1.9))
    texts = [text.get_text() for text in known.axes[0].texts]
    assert texts == ["−3.00", "−2.00", "exact ln p(x) −1.90"]
    assert [label.get_text() for label in known.axes[0].get_yticklabels()] == ["loose", "tight"]
    unknown = ladder_chart(Ladder(["loose"], [-3.0], [0.1]))
    assert [text.get_text() for text in unknown.axes[0].texts] == ["−3.00"]
