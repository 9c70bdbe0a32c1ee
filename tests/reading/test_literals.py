from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.reading.literals import read_value

TEXTS = [
    ("int", "32", 32),
    ("int", " -3 ", -3),
    ("float", "1e-3", 0.001),
    ("float", "2", 2.0),
    ("bool", "true", True),
    ("bool", "No", False),
    ("bool", "0", False),
    ("str", " as it is ", " as it is "),
    ("str", "3", "3"),
    ("int | None", "None", None),
    ("int | None", "none", None),
    ("int | None", "7", 7),
    ("float | str", "0.5", 0.5),
    ("str | float", "0.5", 0.5),
    ("float | str", "half", "half"),
    ("list[int]", "64,32", [64, 32]),
    ("list[int]", "64", [64]),
    ("list[int]", "[64, 32]", [64, 32]),
    ("list[float]", "1, 1e-2", [1.0, 0.01]),
    ("list[str]", "m0, m1", ["m0", "m1"]),
    ("list[str]", "[m0, m1]", ["m0", "m1"]),
    ("list[str]", "1,2", ["1", "2"]),
    ("list[str]", "['m0', \"m1\"]", ["m0", "m1"]),
    ("list[int]", "[]", []),
    ("list[list[str]]", '[["m0"], ["m0", "m1"]]', [["m0"], ["m0", "m1"]]),
    ("list[bool] | None", "[true, false]", [True, False]),
    ("list[list[str]] | str | None", "poe", "poe"),
    ("list[list[str]] | str | None", "[['m0']]", [["m0"]]),
    ("list[list[str]] | str | None", "none", None),
    ("Literal['poe', 'moe']", "moe", "moe"),
    ("Literal[1, 2, 'all']", "2", 2),
    ("Literal[1, 2, 'all'] | None", "all", "all"),
]

WRONG = [
    ("int", "3.5"),
    ("int", "1e3"),
    ("int", ""),
    ("int", "None"),
    ("float", "fast"),
    ("bool", "2"),
    ("int | None", "x"),
    ("list[int]", "1,b"),
    ("list[int]", "[1, 2.5]"),
    ("list[int]", "{1: 2}"),
    ("list[list[str]]", "m0,m1"),
    ("list[str]", "[['m0']]"),
    ("Literal['poe', 'moe']", "mope"),
    ("int", True),
    ("int", 3.0),
    ("float", True),
    ("str", 3),
    ("bool", 1),
    ("list[int]", [1, "2"]),
    ("list[int]", 3),
    ("Literal[1, 2]", True),
    ("int | None", [1]),
]


@pytest.mark.parametrize(("kind", "text", "value"), TEXTS)
def test_text_is_read_as_the_annotation_says(kind: str, text: str, value: object) -> None:
    read = read_value(kind, text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(("kind", "given"), WRONG)
def test_anything_else_is_refused_with_the_type_and_what_came(kind: str, given: object) -> None:
    with pytest.raises(ValueError, match="expected") as error:
        read_value(kind, given)
    assert kind in str(error.value)
    assert repr(given) in str(error.value)


def test_objects_are_checked_not_converted() -> None:
    assert read_value("float", 2) == 2.0
    assert read_value("list[list[str]] | None", (("m0",), ["m1"])) == [["m0"], ["m1"]]
    assert read_value("int | None", None) is None


def test_unknown_annotations_are_named() -> None:
    with pytest.raises(ValueError, match=r"cannot read values of the type dict\[str, int\]; known are int"):
        read_value("dict[str, int]", "{}")


scalars = {"int": st.integers(), "float": st.floats(allow_nan=False), "bool": st.booleans(), "str": st.text()}


@given(st.sampled_from(sorted(scalars)).flatmap(lambda kind: st.tuples(st.just(kind), scalars[kind])))
def test_what_python_prints_is_read_back(pair: tuple[str, object]) -> None:
    kind, value = pair
    assert read_value(kind, str(value)) == value
    assert read_value(kind, value) == value


@given(
    st.sampled_from(sorted(scalars)).flatmap(lambda kind: st.tuples(st.just(kind), st.lists(scalars[kind])))
)
def test_lists_as_python_prints_them_are_read_back(pair: tuple[str, list[object]]) -> None:
    kind, values = pair
    printed = repr(values)
    if "inf" not in printed:  # Python's list of inf is no literal
        assert read_value(f"list[{kind}]", printed) == values


@given(st.text())
def test_no_text_does_more_than_be_read_or_refused(text: str) -> None:
    try:
        value = read_value("list[int] | float | None", text)
    except ValueError:
        return
    assert value is None or isinstance(value, float | list)
