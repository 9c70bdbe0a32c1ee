"""Whatever shows what a model generates says that it is the expected data."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator

import ipywidgets as widgets
import numpy as np
import pytest
from PIL import Image

from tests.widgets.conftest import ALL
from tests.widgets.every_kind import model_of_every_kind, samples_of_every_kind
from workbench.drawing.sheet import HEADING, NAME_WIDTH, TITLE, Cell, Row, paint_sheet
from workbench.posteriors.generation_figure import EXPECTED
from workbench.posteriors.views import show_ladder, show_samples


def corner(picture: bytes, top: int = 0) -> np.ndarray:
    """What stands above the names of the rows."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("L"))[top : top + HEADING, :NAME_WIDTH]


def said(words: str) -> np.ndarray:
    sheet = paint_sheet([Row("", "", "black", [Cell()])], [""], corner=words)
    return np.asarray(sheet.convert("L"))[:HEADING, :NAME_WIDTH]


@pytest.mark.parametrize(
    ("explorer", "top"), [("subsets", 0), ("traversals", 0), ("families", TITLE), ("live_training", 0)]
)
def test_pictures_of_an_explorer_say_so(explorer: str, top: int) -> None:
    pictures = ALL[explorer]().make().panels["pictures"]
    assert np.array_equal(corner(pictures, top), said(EXPECTED)) and said(EXPECTED).min() < 150


def test_a_strip_of_a_traversal_says_so() -> None:
    strip = ALL["traversals"]().make().panels["strip"]
    (packed,) = re.findall(r"data:image/jpeg;base64,([^\"]+)", strip.text())
    found = corner(base64.b64decode(packed)).astype(float)
    near, far = (np.abs(found - said(words)).mean() for words in (EXPECTED, ""))
    assert 3 * near < far  # as near as a JPEG can be
    assert EXPECTED in strip.text()


def test_a_ladder_says_so_and_samples_do_not() -> None:
    model, data = model_of_every_kind(), samples_of_every_kind()
    assert np.array_equal(corner(show_ladder(model, data, 0).png), said(EXPECTED))
    assert np.array_equal(corner(show_samples(data, [0, 1]).png), said(""))


def lines(widget: widgets.Widget) -> Iterator[str]:
    if isinstance(widget, widgets.HTML):
        yield widget.value
    for child in getattr(widget, "children", ()):
        yield from lines(child)


@pytest.mark.parametrize("explorer", ["subsets", "live_training"])
def test_headlines_say_so(explorer: str) -> None:
    made = ALL[explorer]().make()
    assert any(f"generates: {EXPECTED}" in line for line in lines(made.widget))
