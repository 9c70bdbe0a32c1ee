"""Two estimates of one likelihood, held against each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mopoe import NLLEstimate
from workbench.topics.likelihoods.agreement import agreement


def estimate(log_weights: torch.Tensor, proposal: str, quantity: str = "−ln p(a)") -> NLLEstimate:
    marks = {"a": torch.arange(log_weights.shape[1], dtype=torch.float64)}
    return NLLEstimate.of_weights(quantity, {"p(a)": log_weights}, proposal, {"a": "normal"}, marks)


@pytest.fixture
def pair() -> tuple[NLLEstimate, NLLEstimate]:
    """Of two samples, both estimates are good for the first; the second is bad in the first estimate."""
    noise = torch.randn(1000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    heavy = noise * torch.tensor([0.1, 4.0], dtype=torch.float64)
    return estimate(heavy - 3, "mixture"), estimate(0.1 * noise - 2, "refined")


def test_it_is_the_difference_with_the_errors_of_both(pair: tuple[NLLEstimate, NLLEstimate]) -> None:
    mine, other = pair
    found = agreement(mine, other)
    assert (found.quantity, found.names) == ("−ln p(a)", ("mixture", "refined"))
    by_hand = -torch.logsumexp(mine.log_weights["p(a)"], 0) + torch.logsumexp(other.log_weights["p(a)"], 0)
    np.testing.assert_allclose(found.difference, by_hand.numpy())
    errors = torch.stack([mine.standard_error, other.standard_error]).square().sum(0).sqrt().numpy()
    np.testing.assert_allclose(found.error, errors)
    assert found.mean == pytest.approx(found.difference.sum() / 2)
    assert found.mean_error == pytest.approx((errors[0] ** 2 + errors[1] ** 2) ** 0.5 / 2)


@pytest.mark.parametrize("turned", [False, True])
def test_a_sample_is_doubtful_if_either_estimate_of_it_is(
    pair: tuple[NLLEstimate, NLLEstimate], turned: bool
) -> None:
    assert pair[0].pareto_k[1] > 0.7 and pair[0].pareto_k[0] < 0.7
    assert agreement(*(pair[::-1] if turned else pair)).unreliable.tolist() == [False, True]


def test_different_quantities_are_refused(pair: tuple[NLLEstimate, NLLEstimate]) -> None:
    with pytest.raises(ValueError, match="expected estimates of one quantity"):
        agreement(pair[0], estimate(pair[1].log_weights["p(a)"], "refined", "−ln p(b)"))
