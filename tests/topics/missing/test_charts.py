"""Charts of missing modalities and of private latents show the numbers that they were given."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from workbench.drawing.picture import Picture
from workbench.topics.missing.arrays import ByObserved, MissingStudy, SubsetWeights
from workbench.topics.missing.charts import by_observed_chart, study_chart, subset_weights_chart
from workbench.topics.private.arrays import MEASURES, PrivateStudy, StyleSwaps
from workbench.topics.private.charts import swap_sheet, trade_chart, whereabouts_chart


def test_weights_are_written_as_fractions_in_their_places() -> None:
    names = [("a",), ("a", "b")]
    axes = subset_weights_chart(SubsetWeights(names, names, np.array([[1.0, 0.5], [0.0, 0.5]]))).axes[0]
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {(0, 0): "1", (1, 0): "1/2", (0, 1): "0", (1, 1): "1/2"}
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "a + b"]


def test_estimates_stand_beside_exact_answers_and_their_difference_in_errors() -> None:
    found = ByObserved(
        "loss", [("a",), ("b",)], np.array([3.0, 5.0]), np.array([0.5, 1.0]), np.array([2.0, 6.0]), [7, 8]
    )
    left, right = by_observed_chart([found]).axes
    assert [bar.get_height() for bar in left.patches] == [2.0, 6.0]
    assert left.lines[0].get_ydata() == pytest.approx([3.0, 5.0])
    assert right.lines[0].get_ydata() == pytest.approx([2.0, -1.0])
    assert [label.get_text() for label in left.get_xticklabels()] == ["a\nn = 7", "b\nn = 8"]


def test_both_ways_to_train_start_where_nothing_is_missing() -> None:
    shares = {("all", 0.0): [0.4, 0.6], ("all", 0.5): [0.2, 0.4], ("few", 0.5): [0.1, 0.3]}
    coherence = {key: np.array(value) for key, value in shares.items()}
    nll = {key: 10 * np.stack([value, value], 1) for key, value in coherence.items()}
    left, right = study_chart(MissingStudy([0.0, 0.5], dict.fromkeys(shares, 1), coherence, nll, 0.1)).axes
    lines = {line.get_label(): line.get_ydata() for line in left.lines}
    assert lines["all"] == pytest.approx([0.5, 0.3]) and lines["few"] == pytest.approx([0.5, 0.2])
    lines = {line.get_label(): line.get_ydata() for line in right.lines}
    assert lines["few"] == pytest.approx([5, 2])


def study() -> PrivateStudy:
    values = {name: np.array([[0.1, 0.3], [0.5, 0.7]]) for name in MEASURES}
    values["digit_in_private"] = np.array([[np.nan, np.nan], [0.2, 0.4]])
    return PrivateStudy([0, 4], 16, values, 0.1)


def test_curves_are_means_over_seeds_where_there_is_a_private_latent() -> None:
    left, right = trade_chart(study()).axes
    assert left.lines[0].get_ydata() == pytest.approx([0.2, 0.6])
    assert "16" in right.get_xlabel()
    digit = whereabouts_chart(study()).axes[0]
    drawn = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in digit.lines}
    assert drawn["from z"] == ([0, 1], pytest.approx([0.2, 0.6]))
    assert drawn["from w"] == ([1], pytest.approx([0.3]))


def test_a_swap_sheet_has_a_row_a_style_below_the_contents() -> None:
    def sheet(rows: int, columns: int) -> Image.Image:
        pictures = np.zeros((rows, columns, 3, 28, 28))
        labels = np.arange(columns)
        swaps = StyleSwaps(
            "a", pictures[0], pictures[:, 0], pictures, np.zeros((rows, columns)), labels, labels[:rows]
        )
        png = Picture(swap_sheet(swaps, "#0072B2"))._repr_png_()
        assert png.startswith(b"\x89PNG")
        return Image.open(io.BytesIO(png))

    small, tall, wide = sheet(2, 3), sheet(3, 3), sheet(2, 4)
    assert tall.height > small.height and tall.width == small.width
    assert wide.width > small.width and wide.height == small.height
