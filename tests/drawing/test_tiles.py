"""A tile shows its datum, whatever its shape."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.drawing.tiles import MISSING, tile


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


@pytest.mark.parametrize("shape", [(4,), (4, 4), (1, 4, 4), (3, 4, 4)])
def test_a_missing_entry_has_a_colour_that_no_data_have(shape):
    values = np.full(shape, 0.5)
    whole = np.asarray(tile(values, 84))
    assert not (whole == MISSING).all(-1).any()
    values[..., -1] = np.nan
    gaps = np.asarray(tile(values, 84))
    assert (gaps[:, 66:80] == MISSING).all()
    assert (gaps[:, :60] == whole[:, :60]).all()


def test_a_datum_that_is_missing_altogether_is_a_tile_too():
    assert (np.asarray(tile(np.full(3, np.nan), 84)) == MISSING).all()


@pytest.mark.parametrize("shape", [(2000,), (3, 2000), (2000, 3)])
def test_of_many_classes_the_one_that_stands_out_is_seen(shape):
    values = np.zeros(shape)
    values.reshape(-1)[1777] = 1
    assert np.asarray(tile(values, 72)).min() < 100
