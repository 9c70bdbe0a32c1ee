"""Scales, ticks, intervals and labels, held against what they must be whatever the numbers."""

from __future__ import annotations

import itertools
import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize

from workbench.drawing.axes import Scale, apart, apart_in_plane, axis, interval

NUMBERS = st.floats(-1e6, 1e6)
PLACES = st.lists(st.floats(-500, 500), min_size=1, max_size=12)


# --- scales ---


@given(NUMBERS, st.floats(1e-3, 1e6), NUMBERS)
def test_a_scale_is_a_straight_line_and_goes_back(low, width, value):
    scale = Scale(low, low + width, 40.0, 340.0)
    assert scale(low) == 40.0
    assert scale(low + width) == pytest.approx(340.0)
    assert scale.inverse(scale(value)) == pytest.approx(value, rel=1e-6, abs=1e-6)
    assert 40.0 <= scale.held(value) <= 340.0 + 1e-9


def test_an_axis_that_points_up_and_one_by_logarithms():
    assert [Scale(0, 10, 200, 100)(value) for value in (0, 2.5, 10)] == [200, 175, 100]
    assert [Scale(2, 1024, 0, 90, math.log2)(2**i) for i in (1, 2, 10)] == pytest.approx([0, 10, 90])


@given(NUMBERS, st.floats(1e-3, 1e7), st.integers(3, 9))
def test_ticks_lie_inside_are_round_evenly_spaced_and_not_too_few(low, width, most):
    high = low + width
    assume(high - low > 1e-9 * abs(low) + 1e-4)
    ticks = list(Scale(low, high, 0, 1).ticks(most))
    tolerance = 1e-9 * (abs(low) + width)
    assert most / 3 <= len(ticks) + 1 and 1 <= len(ticks) <= most
    assert all(low - tolerance <= tick <= high + tolerance for tick in ticks)
    for before, after in itertools.pairwise(ticks):
        first = float(f"{after - before:.6e}".partition("e")[0])
        assert min(abs(first - nice) for nice in (1, 2, 5)) < 1e-2
        # Of neighbours a step apart none has been left out.
        assert after - before == pytest.approx(ticks[1] - ticks[0], rel=1e-4)
    if len(ticks) > 1:
        step = ticks[1] - ticks[0]
        assert ticks[0] - step < low + tolerance and ticks[-1] + step > high - tolerance


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4))
def test_the_words_of_ticks_are_their_numbers(low, width):
    for tick, words in Scale(low, low + width, 0, 1).ticks().items():
        read = float(words.replace("−", "-").replace("\u2009", ""))
        assert read == pytest.approx(tick, abs=1e-9)


def test_ticks_as_one_would_choose_them():
    assert list(Scale(9.55, 10.5, 0, 1).ticks().values()) == ["9.6", "9.8", "10.0", "10.2", "10.4"]
    assert list(Scale(0, 100, 0, 1).ticks().values()) == ["0", "20", "40", "60", "80", "100"]
    words = ["−3\u2009000", "−2\u2009000", "−1\u2009000", "0", "1\u2009000"]
    assert list(Scale(-3000, 1000, 0, 1).ticks().values()) == words


# --- what is drawn ---


@pytest.mark.parametrize("upright", [False, True])
def test_an_axis_has_a_line_and_words_at_each_tick(upright):
    scale = Scale(0, 4, 100, 300)
    drawn = ElementTree.fromstring(
        axis(
            scale, {0.0: "none", 1.0: "one", 4.0: "four"}, 30, (10, 20), upright=upright, strong={0.0: "red"}
        )
    )
    words = {text.text: float(text.attrib["y" if upright else "x"]) for text in drawn.iter("text")}
    assert words == {
        word: place + 4 * upright for word, place in (("none", 100), ("one", 150), ("four", 300))
    }
    lines = [path.attrib["d"] for path in drawn.iter("path")]
    form = "M10 {:.1f}H20" if upright else "M{:.1f} 10V20"
    assert lines == [form.format(place) for place in (100, 150, 300)]
    assert [path.attrib["stroke"] == "red" for path in drawn.iter("path")] == [True, False, False]


def test_an_interval_reaches_from_end_to_end():
    assert interval(3, 8, 5) == "M3.0 5.0H8.0"
    assert interval(8, 3, 5, upright=True) == "M5.0 8.0V3.0"
    ends = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)", interval(8, 3, 5, upright=True, cap=2))
    assert [[float(x) for x in end] for end in ends] == [[3, 8, 4], [3, 3, 4]]
    ends = re.findall(r"M([\d.]+) ([\d.]+)v([\d.]+)", interval(3, 8, 5, cap=2))
    assert [[float(x) for x in end] for end in ends] == [[3, 3, 4], [8, 3, 4]]


# --- labels ---


@given(PLACES, st.floats(1, 40))
def test_labels_do_not_overlap_and_keep_their_order(places, least):
    moved = apart(places, least)
    order = sorted(range(len(places)), key=places.__getitem__)
    assert all(moved[b] - moved[a] >= least - 1e-6 for a, b in itertools.pairwise(order))


@given(PLACES, st.floats(1, 20))
def test_labels_stay_within_bounds_that_hold_them_all(places, least):
    low, high = -100.0, -100.0 + least * (len(places) + 2)
    moved = apart(places, least, low, high)
    order = sorted(range(len(places)), key=places.__getitem__)
    assert all(low - 1e-6 <= y <= high + 1e-6 for y in moved)
    assert all(moved[b] - moved[a] >= least - 1e-6 for a, b in itertools.pairwise(order))


@given(PLACES)
def test_labels_that_are_far_apart_stay(places):
    spread = [40.0 * i + place % 10 for i, place in enumerate(places)]
    assert apart(spread, 20) == pytest.approx(spread)


@pytest.mark.parametrize("places", [[0, 1, 2], [10, 0, 3, 30, 31], [5, 5, 5, 5], [0, 14, 15, 60]])
def test_labels_move_no_further_than_they_must(places):
    # The same as the least squares that a solver finds under the same constraints.
    ordered = sorted(places)
    constraints = [
        {"type": "ineq", "fun": lambda y, i=i: y[i + 1] - y[i] - 14} for i in range(len(ordered) - 1)
    ]
    found = minimize(
        lambda y: sum((a - b) ** 2 for a, b in zip(y, ordered, strict=True)),
        [14.0 * i for i in range(len(ordered))],
        constraints=constraints,
    )
    assert sorted(apart(places, 14)) == pytest.approx(found.x, abs=1e-3)


@given(st.lists(st.tuples(st.floats(0, 380), st.floats(0, 380)), min_size=1, max_size=8))
def test_no_label_lies_on_another(points):
    moved = apart_in_plane(points, 60, 14, 10, 370)
    assert [x for x, _ in moved] == [x for x, _ in points]
    for i, (x, y) in enumerate(moved):
        assert 10 - 1e-6 <= y <= 370 + 1e-6
        assert all(abs(x - u) >= 60 or abs(y - v) >= 14 - 1e-6 for u, v in moved[:i])
