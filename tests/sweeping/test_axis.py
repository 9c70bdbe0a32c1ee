"""Values of a parameter, as typed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sweeping.axis import read_axis

WORDS = st.text(st.sampled_from("abc_ xyz0"), min_size=1).map(str.strip).filter(bool)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, unique=True))
def test_floats_come_back_as_written(values: list[float]) -> None:
    assert read_axis("float", ",".join(map(repr, values))) == values


@given(st.integers(-50, 50), st.integers(0, 60), st.integers(1, 9))
def test_a_range_counts_to_its_end_and_no_further(first: int, more: int, step: int) -> None:
    up = read_axis("int", f"{first}..{first + more}..{step}")
    assert up == [n for n in range(-200, 200) if first <= n <= first + more and (n - first) % step == 0]
    down = read_axis("int", f"{first + more}..{first}..-{step}")
    assert down[0] == first + more and down[-1] - first < step
    if step == 1:
        assert read_axis("int", f"{first}..{first + more}") == up == down[::-1]


@given(st.lists(WORDS, min_size=1, unique=True))
def test_texts_come_back_whether_typed_or_as_json(words: list[str]) -> None:
    assert read_axis("str", ",".join(words)) == words
    assert read_axis("str", json.dumps(words)) == words


NAMES = st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=3)


@given(st.lists(NAMES, min_size=1, max_size=3, unique_by=str))
def test_lists_of_lists_come_back_between_semicolons(values: list[list[list[str]]]) -> None:
    assert read_axis("list[list[str]]", ";".join(map(json.dumps, values))) == values


@pytest.mark.parametrize(
    ("annotation", "text", "values"),
    [
        ("float", "0..2", [0.0, 1.0, 2.0]),
        ("int", "7,0..2, 9", [7, 0, 1, 2, 9]),
        ("int | None", "none,3", [None, 3]),
        ("bool", "yes,off", [True, False]),
        ("str", "1..3", ["1..3"]),
        ("str", '["a, b", ""]', ["a, b", ""]),
        ("Literal['a', 'b']", "b,a", ["b", "a"]),
        ("list[str]", "m0,m1;m2", [["m0", "m1"], ["m2"]]),
        ("list[int] | None", "none;1,2", [None, [1, 2]]),
        ("list[list[str]] | str", "mopoe,poe", ["mopoe", "poe"]),
        ("list[list[str]] | str", 'mopoe,poe;[["m0"],["m1"]]', ["mopoe", "poe", [["m0"], ["m1"]]]),
    ],
)
def test_each_kind_of_parameter_is_read_as_its_annotation_says(annotation, text, values) -> None:
    assert read_axis(annotation, text) == values


@pytest.mark.parametrize(
    ("annotation", "text", "words"),
    [
        ("int", "1,half", "expected int, got 'half'"),
        ("int", "4..0", "is empty: it counts from 4 to 0 by 1"),
        ("int", "0..4..0", "step of a range must not be 0"),
        ("int", "0.5..2", "expected a range of whole numbers"),
        ("int", "0..1000000000", "has 1000000001 values"),
        ("int", "1,2,1", "1 is named twice"),
        ("float", "1,1.0", "1.0 is named twice"),
        ("int", "0..3,2", "2 is named twice"),
        ("int", "1,,2", "an empty value"),
        ("int", "", "an empty value"),
        ("int", "[]", "the list of values is empty"),
        ("str", "[a,b", "begins with [ but is no JSON list"),
        ("list[int]", "[1,2],[3]", "expected list[int]"),
        ("list[list[str]] | str", 'mopoe,[["m0"]]', "separate lists by ;"),
    ],
)
def test_what_is_wrong_is_named(annotation: str, text: str, words: str) -> None:
    with pytest.raises(ValueError) as raised:
        read_axis(annotation, text)
    assert words in str(raised.value)
