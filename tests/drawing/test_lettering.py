"""Texts of any length stay within their cell, in letters that can be read."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from workbench.drawing.lettering import SMALLEST, fitted, fitted_line, font, shortened, spacing
from workbench.drawing.sheet import EDGE, GAP, HEADING, NAME_WIDTH, Cell, Row, draw_sheet, thumbnail

TEXTS = [
    "",
    "seven",
    "Barking Sands Pmrf",
    "W" * 24,
    "one\ntwo\n3.14159265",
    "\n".join(map(str, range(30))),
    "a b " * 500,
    "☠ " * 40,
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("edge", [28, EDGE, 120])
def test_a_text_stays_within_its_square(text: str, edge: int) -> None:
    lines, size = fitted(text, edge, 20)
    assert SMALLEST <= size <= 20
    pen = ImageDraw.Draw(Image.new("L", (edge, edge)))
    left, top, right, bottom = pen.textbbox((0, 0), lines, font=font(size), spacing=spacing(size))
    assert right - left <= edge and bottom - top <= edge
    shown, given = "".join(lines.split()), "".join(text.split())
    assert shown == given or (shown.endswith("…") and given.startswith(shown[:-1]))


def test_a_line_goes_on_below_at_a_space() -> None:
    assert fitted("Barking Sands Pmrf", EDGE, 9)[0] == "Barking Sands\nPmrf"
    assert fitted("word", EDGE, 20) == ("word", 20)


def test_eight_numbers_are_written_whole_and_more_end_in_dots() -> None:
    numbers = [f"{0.1234 * n:.3g}" for n in range(8)]
    assert fitted("\n".join(numbers), EDGE, 8) == ("\n".join(numbers), SMALLEST)
    shown = fitted("\n".join(numbers * 2), EDGE, 8)[0].split("\n")
    assert shown[-1] == "…" and shown[:-1] == (numbers * 2)[: len(shown) - 1]


def test_a_name_is_drawn_smaller_and_then_shortened() -> None:
    assert fitted_line("image", 112, 16) == ("image", 16)
    name, size = fitted_line("metabolites of soil", 112, 16)
    assert size == 11 and name.endswith("…") and font(size, bold=True).getlength(name) <= 112
    assert fitted_line("metabolites x", 112, 16)[1] < 16
    assert shortened("ab", 12, 100) == "ab"


def test_long_texts_and_names_leave_their_neighbours_alone() -> None:
    def drawn(name: str, text: str) -> np.ndarray:
        cells = [Cell(text=""), Cell(text=text), Cell(text="")]
        return np.asarray(
            Image.open(io.BytesIO(draw_sheet([Row(name, "", "#0072B2", cells)], ["a", "b", "c"])))
        )

    short, long = drawn("x", ""), drawn("a name of thirty-five letters in all", "Pensacola " * 9)
    top, left = HEADING, NAME_WIDTH + EDGE + GAP
    changed = (short != long).any(-1)
    assert changed[top : top + EDGE, left : left + EDGE].any() and changed[:, :NAME_WIDTH].any()
    changed[top : top + EDGE, left : left + EDGE] = changed[:, :NAME_WIDTH] = False
    assert not changed.any()


def test_a_thumbnail_of_a_long_text_keeps_its_frame() -> None:
    picture = np.asarray(Image.open(io.BytesIO(thumbnail(np.zeros(3), "Pensacola " * 9, 40))))
    edges = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    assert (edges == edges[0]).all()
