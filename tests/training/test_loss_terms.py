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


def terms_of(values: dict[str, float]) -> LossTerms:
    return LossTerms(tuple(values), torch.tensor(list(values.values()), dtype=torch.float64))


having = st.lists(st.tuples(numbers, st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=8)


@given(having.filter(lambda batches: any(some for _, some, _ in batches)))
def test_terms_of_a_modality_weigh_the_samples_that_have_it(batches) -> None:
    """(mean over those who have it, how many have it, how many have not) of each batch."""
    means, loss = MeanTerms(), 2.0
    for value, some, others in batches:
        n = some + others
        if n:
            share = some / n
            given_terms = {
                "loss": loss,
                "recon_a": value if some else 0.0,
                "share_a": share,
                "gradient_norm": 1.0,
            }
            means.add(terms_of(given_terms | {"style_divergence_a": 2 * value if some else 0.0}), n)
    total = sum(some for _, some, _ in batches)
    mean = sum(value * some for value, some, _ in batches) / total
    found = means.read()
    assert found["recon_a"] == pytest.approx(mean, rel=1e-9, abs=1e-6)
    assert found["style_divergence_a"] == pytest.approx(2 * mean, rel=1e-9, abs=1e-6)
    assert found["share_a"] == pytest.approx(total / sum(some + others for _, some, others in batches))
    assert (found["loss"], found["gradient_norm"]) == (pytest.approx(2.0), pytest.approx(1.0))


def test_a_modality_that_nobody_has_in_an_epoch_has_no_mean() -> None:
    means = MeanTerms()
    means.add(terms_of({"loss": 1.0, "recon_a": 0.0, "share_a": 0.0, "recon_b": 5.0, "share_b": 1.0}), 3)
    found = means.read()
    assert math.isnan(found.pop("recon_a"))
    assert found == {"loss": 1.0, "share_a": 0.0, "recon_b": 5.0, "share_b": 1.0}


def test_processes_weigh_by_the_samples_that_have_it_among_theirs() -> None:
    one, two = MeanTerms(), MeanTerms()
    one.add(terms_of({"loss": 1.0, "recon_a": 2.0, "share_a": 0.5}), 4)
    two.add(terms_of({"loss": 3.0, "recon_a": 8.0, "share_a": 0.25}), 4)
    two.add(terms_of({"loss": 9.0, "recon_a": 9.0, "share_a": 1.0}), 0)  # a row that only keeps step
    sums = []
    two.read(lambda own: sums.append(own) or [own])
    assert one.read(lambda own: [own, *sums]) == {"loss": 2.0, "recon_a": 4.0, "share_a": 0.375}


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
