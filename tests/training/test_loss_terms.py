"""Terms of a loss and their means, against plain arithmetic."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mopoe import ModelOutput
from workbench.training.loss_terms import LossTerms, MeanTerms

numbers = st.floats(-1e6, 1e6)
steps = st.lists(st.tuples(numbers, numbers, numbers, st.integers(1, 50)), min_size=1, max_size=8)


def terms(loss: float, part: float, norm: float | None) -> LossTerms:
    output = ModelOutput(loss=torch.tensor(loss), metrics=ModelOutput(part=torch.tensor(part)))
    return LossTerms.of(output, None if norm is None else torch.tensor(norm))


@given(steps)
def test_terms_weigh_samples_and_the_norm_of_the_gradient_steps(steps) -> None:
    means = MeanTerms()
    for loss, part, norm, n in steps:
        means.add(terms(loss, part, norm), n)
    samples = sum(n for *_, n in steps)
    single = [[float(torch.tensor(value)) for value in step[:3]] + [step[3]] for step in steps]
    expected = {
        "loss": sum(loss * n for loss, _, _, n in single) / samples,
        "part": sum(part * n for _, part, _, n in single) / samples,
        "gradient_norm": sum(norm for _, _, norm, _ in single) / len(steps),
    }
    assert means.read() == pytest.approx(expected, abs=1e-6)


def test_means_of_several_processes_are_of_all_samples() -> None:
    one, two = MeanTerms(), MeanTerms()
    one.add(terms(1.0, 2.0, 3.0), 1)
    two.add(terms(4.0, 5.0, 6.0), 3)
    sums = []
    two.read(lambda own: sums.append(own) or [own])
    assert one.read(lambda own: [own, *sums]) == {"loss": 3.25, "part": 4.25, "gradient_norm": 4.5}


def test_terms_that_come_and_go_are_means_over_where_they_were() -> None:
    means = MeanTerms()
    means.add(terms(1.0, 2.0, None), 2)
    means.add(LossTerms(("loss",), torch.tensor([4.0], dtype=torch.float64)), 1)
    assert means.read() == {"loss": 2.0, "part": 2.0}


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", range(3))
def test_one_that_is_not_finite_is_noticed(broken: float, place: int) -> None:
    values = [1.0, 2.0, 3.0]
    assert terms(*values).finite
    values[place] = broken
    found = terms(*values)
    assert not found.finite
    assert list(found.read()) == ["loss", "part", "gradient_norm"]


def test_terms_hold_no_graph() -> None:
    weight = torch.tensor(2.0, requires_grad=True)
    found = LossTerms.of(ModelOutput(loss=weight * 3, metrics=ModelOutput(part=weight)))
    assert not found.values.requires_grad
    assert found.loss == 6
