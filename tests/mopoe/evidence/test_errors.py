"""Whether the reported errors are the real ones: against replication, and against their definition."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch

from mopoe.evidence.importance import (
    effective_sample_size,
    importance_bound,
    log_mean_and_error,
    mean_and_error,
)

REPLICATIONS = 300
QUESTIONS = {
    "joint": {},
    "marginal": {"target": ["a", "c"]},
    "conditional": {"target": "b", "given": ["a", "c"]},
}


@pytest.mark.parametrize("question", list(QUESTIONS))
@pytest.mark.parametrize("proposal", ["mixture", "product", "prior", "a"])
@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
@pytest.mark.parametrize("n_modalities", [3, 5])
def test_error_bars_are_honest(
    n_modalities: int, private: bool, proposal: str, question: str, linear_world: Callable[..., Any]
) -> None:
    """z-scores of 300 replications: their mean is known to ±0.06, their standard deviation to ±4%."""
    # Without a prior expert and wide, so that the product too covers the posterior; see docs/likelihoods.md.
    world = linear_world(n_modalities, private, noise=2.0, widening=4.0, prior_expert="none")
    asked = QUESTIONS[question]
    found = world.model.estimate_nll(
        world.repeated(0, REPLICATIONS),
        **asked,
        proposal=proposal,
        chunk=1_000,
        generator=torch.Generator().manual_seed(0),
    )
    exact = -float(
        world.truth.conditional_log_prob(world.data, ["b"], ["a", "c"])[0]
        if question == "conditional"
        else world.truth.log_prob(world.data, asked.get("target"))[0]
    )
    scores = (found.nll - exact) / found.standard_error
    assert abs(float(scores.mean())) < 0.2
    assert 0.85 < float(scores.std()) < 1.15


@pytest.mark.parametrize("n_components", [5, 31])
@pytest.mark.parametrize("K", [1, 4, 15, 31, 100])
def test_stratified_draws_repay_and_the_error_knows(K: int, n_components: int) -> None:
    """A function that rises from component to component and hardly differs within: a trend, the hardest case."""
    times = 400
    generator = torch.Generator().manual_seed(K)
    offsets = torch.rand(1, times, generator=generator, dtype=torch.float64)
    components = ((torch.arange(K)[:, None] + offsets) / K * n_components).floor()
    noise = 0.1 * torch.randn(K, times, dtype=torch.float64, generator=generator)
    mean, error = mean_and_error(components + noise)
    if K == 1:
        assert bool(torch.isnan(error).all())
        return
    real = float(mean.std())
    independent = n_components / math.sqrt(12 * K)
    assert real < 0.7 * independent, "stratification gains nothing here"
    assert real < 1.1 * float(error.mean()), "the error is too small"
    assert float(error.mean()) < 1.3 * independent
    if K == 100:
        assert float(error.mean()) < 0.6 * independent


def test_error_and_size_are_those_of_the_weights() -> None:
    log_weights = 2 * torch.randn(50, 3, dtype=torch.float64) - 700  # far below what exp can hold
    value, error = log_mean_and_error(log_weights)
    sizes = effective_sample_size(log_weights)
    for b in range(3):
        weights = [math.exp(float(w) + 700) for w in log_weights[:, b]]
        mean = sum(weights) / 50
        steps = sum((later - earlier) ** 2 for earlier, later in pairwise([*weights, weights[0]]))
        assert float(value[b]) == pytest.approx(math.log(mean) - 700, rel=1e-12)
        assert float(error[b]) == pytest.approx(math.sqrt(steps / (2 * 50 * 50)) / mean, rel=1e-10)
        size = sum(weights) ** 2 / sum(w**2 for w in weights)
        assert float(sizes[b]) == pytest.approx(size, rel=1e-10)


def test_the_error_of_independent_draws_is_the_textbook_one() -> None:
    values = torch.randn(2_000, 500, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    _, error = mean_and_error(values)
    torch.testing.assert_close(error.mean(), torch.tensor(1 / math.sqrt(2_000)).double(), rtol=0.01, atol=0)


def test_the_bound_of_one_draw_is_their_mean_and_of_all_the_estimate() -> None:
    log_weights = torch.randn(60, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    bounds = [importance_bound(log_weights, K)[0] for K in (1, 2, 6, 30, 60)]
    torch.testing.assert_close(bounds[0], log_weights.mean(0))
    torch.testing.assert_close(bounds[-1], torch.logsumexp(log_weights, 0) - math.log(60))
    by_hand = torch.stack([torch.logsumexp(log_weights[[r, r + 30]], 0) - math.log(2) for r in range(30)])
    torch.testing.assert_close(bounds[1], by_hand.mean(0))
    with pytest.raises(ValueError, match="K: expected a divisor of the 60 draws, got 7"):
        importance_bound(log_weights, 7)


def test_fewer_draws_are_what_fewer_draws_would_have_given(linear_world: Callable[..., Any]) -> None:
    world = linear_world(3)
    inputs = world.repeated(0, 200)
    rng = torch.Generator().manual_seed(0)
    many = world.model.estimate_nll(inputs, K=400, generator=rng).fewer_draws(20)
    few = world.model.estimate_nll(inputs, K=20, generator=rng)
    mean, other = (float(values.mean()) for values in (many.value, few.nll))
    error = math.hypot(*(float(values.std()) / math.sqrt(200) for values in (many.value, few.nll)))
    assert abs(mean - other) < 4 * error
    # Its own error is that of a mean over 20 groups: checked against the spread over replications.
    ratio = float(many.value.std() / many.standard_error.mean())
    assert 0.8 < ratio < 1.25, ratio
