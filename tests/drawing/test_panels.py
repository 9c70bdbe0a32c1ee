"""A sheet holds every panel where it belongs; a cover hides what it covers and keeps its place."""

from __future__ import annotations

import io
from xml.etree import ElementTree

from PIL import Image

from workbench.drawing.cover import WORDS, cover
from workbench.drawing.panels import GAP, MARGIN, TOP, compose
from workbench.drawing.svg import Svg, element

SVG = "{http://www.w3.org/2000/svg}"


def picture(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, "PNG")
    return buffer.getvalue()


def test_panels_stand_in_rows_and_those_that_are_not_there_leave_no_gap():
    panels = {
        "a": Svg(100, 50, element("g", id="a")),
        "b": picture(40, 80),
        "c": Svg(10, 10, element("g", id="c")),
    }
    sheet = compose("title", "", panels, [["a", "nothing", "b"], ["none"], ["c"]])
    root = ElementTree.fromstring(sheet.text())
    places = [group.attrib["transform"] for group in root.iter(f"{SVG}g") if "transform" in group.attrib]
    below = TOP + 80 + GAP
    assert places == [f"translate({MARGIN} {TOP})", f"translate({MARGIN} {below})"]
    (image,) = root.iter(f"{SVG}image")
    assert [float(image.attrib[key]) for key in ("x", "y", "width", "height")] == [
        MARGIN + 100 + GAP,
        TOP,
        40,
        80,
    ]
    assert (sheet.width, sheet.height) == (MARGIN + 100 + GAP + 40 + MARGIN, below + 10 + GAP)


def test_a_cover_has_the_size_of_what_it_hides_and_nothing_else_of_it():
    hidden = Svg(100, 50, element("text", "answer"), "answer")
    covered = cover(hidden)
    assert isinstance(covered, Svg)
    assert (covered.width, covered.height) == (100, 50)
    assert "answer" not in covered.text() and WORDS in covered.text()
    blank = cover(picture(40, 80))
    assert isinstance(blank, bytes)
    shown = Image.open(io.BytesIO(blank)).convert("RGB")
    assert shown.size == (40, 80)
    assert (255, 0, 0) not in {colour for _, colour in shown.getcolors(40 * 80)}
