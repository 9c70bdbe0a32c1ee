"""Positive parameters: given, learned or predicted."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
import torch

from mopoe.likelihoods.parameters import FLOOR, PositiveParameter


def test_what_is_one_number_stays_a_number() -> None:
    given = PositiveParameter(0.75, "scale")
    assert given() == 0.75 and str(given) == "scale 0.75"
    assert not list(given.parameters()) and not given.state_dict() and not given.by_entry


@pytest.mark.parametrize("value", [torch.tensor([0.1, 2.0]), [0.1, 2.0], (0.1, 2.0)])
def test_entries_are_a_buffer_that_keeps_its_digits(value: Any) -> None:
    given = PositiveParameter(value, "scale", dims=(3, 2)).half().double()
    exact = value.double() if isinstance(value, torch.Tensor) else torch.tensor(value, dtype=torch.float64)
    assert torch.equal(given(), exact)
    assert [name for name, _ in given.named_buffers()] == ["given"] and not given.state_dict()
    assert given.by_entry and str(given) == "scale 0.1, 2"
    assert torch.equal(copy.deepcopy(given)(), exact)


def test_many_entries_are_told_by_their_range() -> None:
    given = PositiveParameter(torch.arange(1, 11) / 2, "scale")
    assert str(given) == "scale of 10 entries, 0.5 to 5, mean 2.75"


@pytest.mark.parametrize("floor", [None, 0.01, 3.0])
@pytest.mark.parametrize(("word", "shape"), [("learned", ()), ("learned_per_entry", (3, 2))])
def test_what_is_learned_is_above_its_floor(word: str, shape: tuple[int, ...], floor: float | None) -> None:
    learned = PositiveParameter(word, "scale", (3, 2), floor).double()
    bound = FLOOR if floor is None else floor
    torch.testing.assert_close(learned(), torch.full(shape, max(1.0, 2 * bound)).double(), rtol=1e-6, atol=0)
    assert str(learned) == f"scale {word.replace('_', ' ')}, above {bound:g}"
    for raw in (-1e4, -3.0, 0.0, 3.0):
        with torch.no_grad():
            learned.raw.fill_(raw)
        expected = torch.full(shape, bound + math.exp(raw), dtype=torch.float64)
        torch.testing.assert_close(learned().detach(), expected, rtol=1e-12, atol=1e-12)


def test_what_is_predicted_is_above_its_floor_whatever_the_decoder_says() -> None:
    predicted = PositiveParameter("predicted", "scale", floor=0.1)
    raw = torch.tensor([-1e30, -1.0, 0.0, 1.0, 1e30], requires_grad=True)
    torch.testing.assert_close(predicted(raw)[:4], 0.1 + raw[:4].exp())
    (gradient,) = torch.autograd.grad(predicted(raw).sum(), raw)
    assert bool(torch.isfinite(predicted(raw)).all()) and bool(torch.isfinite(gradient).all())
    with pytest.raises(ValueError, match="scale: expected the decoder's number"):
        predicted()


@pytest.mark.parametrize(
    ("value", "settings", "error", "message"),
    [
        (0, {}, ValueError, "scale: expected a positive number, got 0"),
        (True, {}, TypeError, "scale: expected a number, a tensor or one of .*, got bool"),
        (None, {}, TypeError, "got NoneType"),
        ("leaned", {}, TypeError, "one of 'learned', 'learned_per_entry', 'predicted', got 'leaned'"),
        ("predicted", {"found": ["learned"]}, TypeError, "one of 'learned', got 'predicted'"),
        ([1.0, "a"], {}, TypeError, "scale: expected nested lists of numbers"),
        ([[1.0], [1.0, 2.0]], {}, TypeError, "scale: expected nested lists of numbers"),
        ([1.0, -2.0], {}, ValueError, "scale: expected positive numbers, got -2 among them"),
        ([1.0, float("nan")], {}, ValueError, "got nan among them"),
        ([1.0, 2.0], {"dims": (3,)}, ValueError, r"broadcasts to \(3,\), that of one sample, got \(2,\)"),
        ([[1.0, 2.0]], {"dims": (2,)}, ValueError, r"broadcasts to \(2,\), that of one sample, got \(1, 2\)"),
        ("learned_per_entry", {}, ValueError, "scale: expected input_dims beside 'learned_per_entry'"),
        (1.0, {"floor": 0.1}, ValueError, "floor: expected none, as scale is given and not found, got 0.1"),
        ("learned", {"floor": 0}, ValueError, "floor: expected a positive number, got 0"),
    ],
)
def test_anything_else_is_refused(value: Any, settings: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        PositiveParameter(value, "scale", **settings)
