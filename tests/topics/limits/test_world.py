"""The world with one shared and several private things, and the least gap of an encoder that sees a part of it."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.datasets import LinearGaussian, exact_elbo
from workbench.topics.limits.exact import least_gap
from workbench.topics.limits.world import shared_and_private


def test_modalities_share_their_first_coordinate_and_nothing_else() -> None:
    covariance = shared_and_private(2, private=0.7, shared=1.5, noise=0.5, private_dim=1).marginal()[1]
    own, private = 1.5**2 + 0.25, 0.7**2 + 0.25
    expected = [[own, 0, 2.25, 0], [0, private, 0, 0], [2.25, 0, own, 0], [0, 0, 0, private]]
    torch.testing.assert_close(covariance, torch.tensor(expected, dtype=torch.float64))


def test_its_posterior_is_diagonal() -> None:
    truth = shared_and_private(3, private=0.8)
    data, _, _ = truth.sample(1)
    covariance = truth.posterior(data)[1]
    torch.testing.assert_close(covariance, covariance.diagonal().diag())


@pytest.mark.parametrize(
    ("options", "words"),
    [({"private": -0.1}, "private.*-0.1"), ({"n_modalities": 0}, "n_modalities"), ({"noise": 0.0}, "noise")],
)
def test_impossible_worlds_are_refused(options: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        shared_and_private(**options)  # type: ignore[arg-type]


@given(st.floats(0, 2), st.floats(0.3, 1.5), st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_unseen_private_variation_costs_half_of_its_signal_to_noise(
    t: float, sigma: float, size: int
) -> None:
    # By hand, without a shared factor: V_S = 1 and V = 1/(1 + t²/σ²) for each number of each unseen modality.
    truth = shared_and_private(3, private=t, shared=0.0, noise=sigma, private_dim=size)
    assert least_gap(truth, ["x1"]) == pytest.approx(2 * size * t**2 / sigma**2 / 2, abs=1e-9)


def test_seeing_everything_leaves_no_gap() -> None:
    truth = LinearGaussian.random({"a": 3, "b": 2}, 2, seed=1)
    assert least_gap(truth, ["a", "b"]) == pytest.approx(0, abs=1e-12)


@pytest.fixture(scope="module")
def best_of_one_view() -> tuple[LinearGaussian, dict[str, torch.Tensor], torch.Tensor, torch.Tensor]:
    """A world, data, and the encoder of "a" that should be the best: E[m|x_a] and the full posterior's V."""
    truth = LinearGaussian.random({"a": 3, "b": 2}, 2, noise=0.7, seed=1)
    data, _, _ = truth.sample(20_000, seed=2)
    return truth, data, truth.posterior(data, ["a"])[0], truth.posterior(data)[1]


def mean_gap(
    world: tuple[LinearGaussian, dict[str, torch.Tensor], torch.Tensor, torch.Tensor],
    shift: float = 0.0,
    widening: float = 1.0,
) -> tuple[float, float]:
    truth, data, mean, covariance = world
    q = (mean + shift, (widening * covariance).expand(len(mean), 2, 2))
    gaps = truth.log_prob(data) - exact_elbo(truth, data, q)
    return float(gaps.mean()), float(gaps.std()) / math.sqrt(len(gaps))


def test_the_least_gap_is_what_the_exact_elbo_of_the_best_encoder_leaves(best_of_one_view: tuple) -> None:
    gap, error = mean_gap(best_of_one_view)
    assert abs(gap - least_gap(best_of_one_view[0], ["a"])) < 4 * error


@pytest.mark.parametrize("change", [{"shift": 0.05}, {"widening": 1.15}, {"widening": 0.85}], ids=str)
def test_any_other_encoder_leaves_more(best_of_one_view: tuple, change: dict[str, float]) -> None:
    # The same data for both: what makes a sample hard cancels.
    assert mean_gap(best_of_one_view, **change)[0] > mean_gap(best_of_one_view)[0]
