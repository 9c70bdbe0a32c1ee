"""Pictures show the data they were given."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from workbench.drawing.sheet import EDGE, GAP, HEADING, NAME_WIDTH
from workbench.drawing.tiles import tile
from workbench.metrics.charts import coherence_chart
from workbench.posteriors.generation_figure import tuples_sheet
from workbench.training.charts import learning_curves


def opened(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def place(picture: np.ndarray, row: int, column: int) -> np.ndarray:
    top, left = HEADING + row * (EDGE + GAP), NAME_WIDTH + column * (EDGE + GAP)
    return picture[top : top + EDGE, left : left + EDGE]


def test_each_sample_stands_in_its_place():
    values = np.stack([np.full((3, 28, 28), level) for level in (0.0, 0.5, 1.0)])
    picture = opened(tuples_sheet({"a": values, "b": values[::-1]}))
    for column, level in enumerate((0, 128, 255)):
        assert (place(picture, 0, column) == level).all()
        assert (place(picture, 1, 2 - column) == level).all()


def test_a_missing_entry_is_an_empty_place():
    values = np.zeros((2, 1, 28, 28))
    picture = opened(tuples_sheet({"a": values}, masks={"a": np.array([True, False])}))
    assert place(picture, 0, 0).max() == 0
    assert place(picture, 0, 1).mean() > 200


def test_colour_channels_keep_their_order():
    red = np.zeros((3, 28, 28))
    red[0] = 1
    assert np.asarray(tile(red, 56))[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    "shape", [(1,), (7,), (300,), (8, 27), (1, 28, 28), (3, 28, 28), (3, 32, 32), (2, 3, 4, 5)]
)
def test_a_tile_for_any_shape(shape):
    values = np.random.default_rng(0).normal(size=shape)
    assert tile(values, 84).size == (84, 84)


def test_bars_rise_for_positive_values_and_fall_for_negative_ones():
    bars = np.asarray(tile(np.array([1.0, -1.0]), 84)).mean(-1)
    dark = bars < 128
    assert dark[:40, :40].any() and not dark[50:, :40].any()
    assert dark[50:, 44:].any() and not dark[:36, 44:].any()


def test_learning_curves_mark_the_best_validation_epoch():
    train = {"loss": [3.0, 2.0, 1.0], "joint_divergence": [1.0, 1, 1], "recon_a": [2.0, 1, 0]}
    validation = train | {"loss": [3.0, 1.5, 2.0]}
    loss = learning_curves(train, validation).axes[0]
    assert "best epoch, 2" in loss.get_legend_handles_labels()[1]


def test_coherence_chart_draws_two_standard_errors():
    axes = coherence_chart([1, 2], [0.5, 0.7], [0.01, 0.02], 0.1).axes[0]
    (bars,) = axes.containers[0].lines[2]
    heights = [segment[1, 1] - segment[0, 1] for segment in bars.get_segments()]
    assert heights == pytest.approx([0.04, 0.08])
