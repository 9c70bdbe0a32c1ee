"""The values of one parameter of a sweep, read from one text as its annotation says."""

from __future__ import annotations

import json
import re

from workbench.reading.literals import members, read_value

LARGEST_RANGE = 1_000_000
_RANGE = re.compile(r"([+-]?\d+)\.\.([+-]?\d+)(?:\.\.([+-]?\d+))?")


def read_axis(annotation: str, text: str) -> list[object]:
    """All values that ``text`` names, each of the type ``annotation``, in their order.

    Commas separate values: ``0.5,1,2.5``. Whole numbers may be given as a range, its end included: ``0..4``,
    ``0..10..2``. ``["a, b", "c"]`` is a JSON list of values. Where the type is a list, ``;`` separates values,
    as in ``m0,m1;m2``; where it is a list or a text, commas separate texts too: ``mopoe,poe;[["m0"]]``.

    Args:
        annotation: of the parameter, such as ``"float"``.
        text: as typed on a command line.

    Raises:
        ValueError: a value of the wrong type, an empty one, one named twice, a range that is empty or no range.
    """
    values = [read_value(annotation, part) for part in _parts(members(annotation), text.strip())]
    seen: set[str] = set()
    for value in values:
        written = json.dumps(value)
        if written in seen:
            raise ValueError(f"{written} is named twice in {text!r}")
        seen.add(written)
    return values


def _parts(kinds: list[str], text: str) -> list[object]:
    """Texts of single values; of a JSON list, its elements as they are."""
    lists = any(kind.startswith("list") for kind in kinds)
    texts = any(kind == "str" or kind.startswith("Literal") for kind in kinds)
    if lists:
        parts = [_not_empty(part, text) for part in text.split(";")]
        return [word for part in parts for word in _words(part, text)] if texts else [*parts]
    if text.startswith("["):
        return _json_list(text)
    parts = [_not_empty(part, text) for part in text.split(",")]
    if "str" in kinds or not {"int", "float"} & set(kinds):
        return [*parts]
    return [number for part in parts for number in _numbers(part)]


def _words(part: str, text: str) -> list[str]:
    """A part of a parameter that takes a list or a text: one list, or texts with commas between them."""
    if part.startswith("["):
        return [part]
    if "[" in part:
        raise ValueError(f"separate lists by ; in {text!r}: {part!r} is neither a list nor a text")
    return [_not_empty(word, text) for word in part.split(",")]


def _json_list(text: str) -> list[object]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{text!r} begins with [ but is no JSON list of values: {error}") from None
    if not values:
        raise ValueError("the list of values is empty")
    return list(values)


def _numbers(part: str) -> list[object]:
    if ".." not in part:
        return [part]
    match = _RANGE.fullmatch(part)
    if not match:
        raise ValueError(f"expected a range of whole numbers, such as 0..4 or 0..10..2, got {part!r}")
    first, last, step = int(match[1]), int(match[2]), int(match[3] or 1)
    if step == 0:
        raise ValueError(f"the step of a range must not be 0, got {part!r}")
    numbers = range(first, last + (1 if step > 0 else -1), step)
    if not numbers:
        raise ValueError(f"the range {part!r} is empty: it counts from {first} to {last} by {step}")
    if len(numbers) > LARGEST_RANGE:
        raise ValueError(f"the range {part!r} has {len(numbers)} values, more than {LARGEST_RANGE}")
    return [str(number) for number in numbers]


def _not_empty(part: str, text: str) -> str:
    if not part.strip():
        raise ValueError(f'an empty value in {text!r}; an empty text is written as a JSON list: [""]')
    return part.strip()
