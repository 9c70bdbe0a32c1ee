"""Pictures show the data they were given."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from workbench.drawing.sheet import EDGE, GAP, HEADING, NAME_WIDTH
from workbench.posteriors.generation_figure import tuples_sheet


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
