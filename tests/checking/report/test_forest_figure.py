"""The forest plot: what is where, computed from the numbers anew."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from workbench.checking.report.forest_figure import NARROW, WIDE, Layout, forest_figure
from workbench.checking.report.forest_rows import ForestRow, forest_rows
from workbench.checking.report.verdicts import VERDICT_LOOKS
from workbench.checking.result import MetricResult, Verdict

SVG = "{http://www.w3.org/2000/svg}"


def metric(
    better: str | None, difference: float, low: float, high: float, margin: float = 2.0
) -> MetricResult:
    return MetricResult("a", Verdict.WORSE, 1.0, 1.0, difference, low, high, margin=margin, better=better)


def drawn(row: ForestRow, layout: Layout = WIDE) -> ElementTree.Element:
    root = ElementTree.fromstring(forest_figure([row], layout).text())
    return next(group for group in root.iter(f"{SVG}g") if group.get("data-metric"))


def interval(group: ElementTree.Element) -> tuple[float, float]:
    """Ends of the bar; the first rectangle is the ground of the row."""
    bar = list(group.iter(f"{SVG}rect"))[1]
    left = float(bar.attrib["x"])
    return left, left + float(bar.attrib["width"])


@pytest.mark.parametrize(
    ("better", "place", "low", "high"),
    [("lower", 1.5, 1.0, 2.0), ("higher", -1.5, -2.0, -1.0), (None, 1.5, 1.0, 2.0)],
)
def test_right_is_worse(better: str | None, place: float, low: float, high: float) -> None:
    (row,) = forest_rows([metric(better, 3.0, 2.0, 4.0)])
    assert (row.place, row.low, row.high) == (place, low, high)
    assert row.both_ways == (better is None)


@pytest.mark.parametrize(("layout", "left", "right"), [(WIDE, 268, 598), (NARROW, 12, 348)])
def test_margins_are_where_the_axis_says(layout: Layout, left: int, right: int) -> None:
    # The axis reaches from −3 to +3: a margin is a sixth of it.
    one, zero = (right - left) / 6, (left + right) / 2
    group = drawn(ForestRow("a", "worse", 1.5, 1.0, 2.5), layout)
    dot = next(group.iter(f"{SVG}circle"))
    assert float(dot.attrib["cx"]) == pytest.approx(zero + 1.5 * one, abs=0.05)
    assert interval(group) == pytest.approx((zero + one, zero + 2.5 * one), abs=0.05)
    root = ElementTree.fromstring(forest_figure([], layout).text())
    band = next(root.iter(f"{SVG}rect"))
    assert float(band.attrib["x"]) == pytest.approx(zero - one, abs=0.05)
    assert float(band.attrib["width"]) == pytest.approx(2 * one, abs=0.05)
    ticks = {
        t.text: float(t.attrib["x"])
        for t in root.iter(f"{SVG}text")
        if re.fullmatch("[−+]?\\d", t.text or "")
    }
    assert {words: round((x - zero) / one, 2) for words, x in ticks.items()} == {
        "−3": -3,
        "−2": -2,
        "−1": -1,
        "0": 0,
        "+1": 1,
        "+2": 2,
        "+3": 3,
    }


@pytest.mark.parametrize(
    ("place", "low", "high", "arrows", "dots"),
    [
        (2.0, 1.0, 3.0, 0, 1),
        (2.9, 1.0, 5.0, 1, 1),
        (9.0, 8.0, 10.0, 1, 0),
        (0.0, -9.0, 9.0, 2, 1),
        (-9.0, float("-inf"), -8.0, 1, 0),
    ],
)
def test_what_lies_beyond_the_axis_is_an_arrow(
    place: float, low: float, high: float, arrows: int, dots: int
) -> None:
    group = drawn(ForestRow("a", "worse", place, low, high))
    assert len([x for x in group.iter(f"{SVG}path") if x.get("class") == "beyond"]) == arrows
    assert len(list(group.iter(f"{SVG}circle"))) == dots
    left, right = interval(group)
    assert 268 <= left <= right <= 598


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (MetricResult("a", Verdict.MISSING, before=1.0, margin=1.0), "not recorded"),
        (MetricResult("a", Verdict.NEW, value=1.0, margin=1.0), "not in the baseline"),
        (MetricResult("a", Verdict.SAME, 1.0, 1.0, 0.0, how="exact"), "exact"),
        (MetricResult("a", Verdict.NOT_JUDGED, 1.0, 2.0, -1.0, how="shown only"), "shown only"),
        (MetricResult("a", Verdict.WORSE, 2.0, 1.0, 1.0, 0.9, 1.1, margin=0.0), "no margin"),
    ],
)
def test_what_has_no_place_is_said_in_words(found: MetricResult, instead: str) -> None:
    (row,) = forest_rows([found])
    assert row.place is None
    group = drawn(row)
    assert instead in [text.text for text in group.iter(f"{SVG}text")]
    assert len(list(group.iter(f"{SVG}rect"))) == 1


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_is_told_by_mark_colour_and_word(verdict: Verdict) -> None:
    mark, colour = VERDICT_LOOKS[verdict]
    group = drawn(ForestRow("a", verdict, 0.0, -0.1, 0.1))
    words = {"".join(text.itertext()): text for text in group.iter(f"{SVG}text")}
    assert words[mark].attrib["fill"] == colour
    assert words[verdict][0].attrib["fill"] == colour
    assert next(group.iter(f"{SVG}circle")).attrib["fill"] == colour
    assert len({mark for mark, _ in VERDICT_LOOKS.values()}) == len(Verdict)


def test_hovering_tells_the_numbers_and_the_whole_name() -> None:
    long = "a very long name of a metric that does not fit into its column <b>&"
    (row,) = forest_rows(
        [MetricResult(long, Verdict.WORSE, 3.0, 1.0, 2.0, 1.5, 2.5, 0.01, 0.5, "lower", "nats", "8 seeds")]
    )
    group = drawn(row)
    assert (
        group[0].text
        == f"{long}: worse. 1.00 → 3.00 nats; difference +2.00 [+1.50, +2.50] nats; margin 0.5 nats; "
        "lower is better; 8 seeds; p = 0.01"
    )
    assert group.attrib["data-metric"] == long
