"""SVG is well formed whatever the words in it, and shows the same as pixels."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from workbench.drawing.svg import (
    Svg,
    element,
    heading,
    label,
    name_on_anything,
    number,
    polyline,
    title,
    with_error,
)

HOSTILE = "<b>&\"'−"


def test_words_of_others_stay_words():
    body = (
        label(0, 9, HOSTILE)
        + heading(HOSTILE, HOSTILE)
        + name_on_anything(0, 9, HOSTILE, "red")
        + title(HOSTILE)
    )
    root = ElementTree.fromstring(Svg(10, 10, body, HOSTILE).text())
    assert root.attrib["aria-label"] == HOSTILE
    assert ["".join(child.itertext()) for child in root] == [HOSTILE, HOSTILE * 2, HOSTILE, HOSTILE]


def test_attributes_are_written_as_svg_names_them():
    drawn = ElementTree.fromstring(element("rect", stroke_width=1 / 3, class_="x", fill=None, data_key='a"b'))
    assert drawn.attrib == {"stroke-width": "0.33333", "class": "x", "data-key": 'a"b'}


def test_a_figure_has_the_same_pixels_as_its_elements_say():
    figure = Svg(20, 10, element("rect", x=10, y=0, width=10, height=10, fill="#FF0000"))
    for picture in (figure.png(2), figure.jpeg(2)):
        pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
        assert pixels.shape == (20, 40, 3)
        assert (pixels[:, :18] > 245).all()
        assert (abs(pixels[:, 24:] - [255, 0, 0]) < 12).all()


def test_a_line_goes_through_its_points():
    drawn = ElementTree.fromstring(polyline([(1, 2), (3.25, 4)], stroke="red"))
    assert drawn.attrib == {"d": "M1.0 2.0L3.2 4.0", "fill": "none", "stroke": "red"}


def test_numbers_have_a_true_minus_and_thin_spaces():
    assert [number(-12345.67), number(0.126, 2), number(-3, 0)] == ["−12\u2009345.7", "0.13", "−3"]


def test_an_error_is_written_with_a_digit_and_its_number_as_finely():
    assert with_error(14.5371, 0.0382) == ("14.54", "0.04")
    assert with_error(-1234.5, 12.0) == ("−1\u2009234.5", "12.0")
    assert with_error(0.5, 1e-9) == ("0.500", "0.000")
    assert with_error(2.25, float("inf")) == ("2.2", "inf")
    assert with_error(2.25, 0.0) == ("2.2", "0.0")
