"""Families and modalities are told apart by more than one sign."""

from __future__ import annotations

import re

import numpy as np
import pytest

from workbench.drawing.colours import PALETTE, modality_colours, shade
from workbench.drawing.family_marks import FAMILY_LOOKS, family_colours, mark


def test_no_two_families_look_alike():
    for signs in ("colour", "mark"):
        assert len({getattr(look, signs) for look in FAMILY_LOOKS}) == len(FAMILY_LOOKS)
    paths = [re.sub(r'fill="[^"]*"', "", mark(place, 10, 10)) for place in range(len(FAMILY_LOOKS))]
    assert len(set(paths)) == len(paths)
    assert list(family_colours(["x", "y"]).values()) == [look.colour for look in FAMILY_LOOKS[:2]]


def test_a_line_has_the_same_dashes_in_charts_and_in_figures():
    for look in FAMILY_LOOKS:
        style = look.line["linestyle"]
        if look.dashes is None:
            assert style == "-" and look.stroke_dasharray is None
        else:
            # matplotlib counts dashes in widths of the line, SVG in pixels.
            pixels = [float(part) for part in look.stroke_dasharray.split()]
            assert pixels == pytest.approx([part * look.width for part in style[1]])
    assert any(look.dashes for look in FAMILY_LOOKS)


def test_modalities_take_colours_by_position():
    names = [f"m{i}" for i in range(10)]
    assert list(modality_colours(names).values()) == [*PALETTE, *PALETTE[:2]]


def test_shades_grow_lighter():
    def light(colour: str) -> float:
        return float(np.dot([int(colour[i : i + 2], 16) for i in (1, 3, 5)], [0.2126, 0.7152, 0.0722]))

    levels = [light(shade(share)) for share in np.linspace(0, 1, 21)]
    assert levels == sorted(levels)
    assert shade(-1) == shade(0) and shade(2) == shade(1)
