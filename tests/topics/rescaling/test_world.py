"""Rescaled likelihoods in a linear world: the best encoder, and what a narrow latent keeps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from workbench.datasets import LinearGaussian, exact_elbo
from workbench.topics.rescaling.exact import explained_shares, tempered
from workbench.topics.rescaling.world import large_and_small


def test_each_view_shows_a_factor_of_its_own_with_the_signal_that_it_says() -> None:
    world = large_and_small((50, 4))
    large, small = world.loadings["large"], world.loadings["small"]
    assert large[:, 1].abs().max() == 0 and small[:, 0].abs().max() == 0
    assert float(large[:, 0].square().mean()) == pytest.approx(0.09)
    assert float(small[:, 1].square().mean()) == pytest.approx(0.04)


def test_seeing_a_view_three_times_is_weighing_it_three_times() -> None:
    """The tempered posterior against the posterior of a world that repeats the view."""
    world = LinearGaussian.random({"a": 3, "b": 2}, 2, noise=0.7, seed=3)
    data, _, _ = world.sample(5, seed=1)
    thrice = LinearGaussian(
        {**world.loadings, "b2": world.loadings["b"], "b3": world.loadings["b"]},
        {**world.offsets, "b2": world.offsets["b"], "b3": world.offsets["b"]},
        dict.fromkeys(("a", "b", "b2", "b3"), 0.7),
    )
    expected = thrice.posterior({**data, "b2": data["b"], "b3": data["b"]})
    found = tempered(world, {"a": 1.0, "b": 3.0}).posterior(data)
    for got, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize("factor", [1.0, 2.0, 8.0, 50.0])
@pytest.mark.parametrize("latent_dim", [1, 2])
def test_the_shares_are_those_of_the_best_linear_vae_found_by_optimisation(
    factor: float, latent_dim: int
) -> None:
    """By numerical maximisation of the rescaled ELBO over loadings, with exact posteriors, in a small world."""
    world = large_and_small((8, 2), seed=1)
    data_covariance = world.marginal()[1]
    precision = torch.tensor([1 / 0.5**2] * 8 + [factor / 0.1**2] * 2, dtype=torch.float64)
    eye, latent_eye = torch.eye(10, dtype=torch.float64), torch.eye(latent_dim, dtype=torch.float64)

    def parts(loading: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Covariance and gain of the best encoder, and the mean squared error of each number at its mean."""
        posterior = torch.linalg.inv(latent_eye + loading.T @ (loading * precision[:, None]))
        gain = loading * precision[:, None] @ posterior
        left = eye - loading @ gain.T
        return posterior, gain, (left @ data_covariance @ left.T).diagonal()

    def loss_and_gradient(flat: np.ndarray) -> tuple[float, np.ndarray]:
        loading = torch.tensor(flat.reshape(10, latent_dim), requires_grad=True)
        posterior, gain, error = parts(loading)
        error = error + (loading @ posterior @ loading.T).diagonal()
        divergence = (gain.T @ data_covariance @ gain + posterior).trace() - torch.logdet(posterior)
        loss = 0.5 * (precision @ error + divergence)
        (gradient,) = torch.autograd.grad(loss, loading)
        return float(loss.detach()), gradient.numpy().ravel()

    starts = np.random.default_rng(0).normal(size=(4, 10 * latent_dim)) * 0.2
    best = min((minimize(loss_and_gradient, start, jac=True) for start in starts), key=lambda run: run.fun)
    _, _, error = parts(torch.as_tensor(best.x.reshape(10, latent_dim)))
    total = data_covariance.diagonal()
    found = explained_shares(world, {"large": 1.0, "small": factor}, latent_dim)
    for name, rows in (("large", slice(8)), ("small", slice(8, None))):
        assert found[name] == pytest.approx(float(1 - error[rows].sum() / total[rows].sum()), abs=1e-4)


def test_the_ordinary_elbo_is_a_bound_and_equal_to_the_evidence_at_the_posterior() -> None:
    """What rescaling gives up, on the same world: with r = 1 the best encoder closes the gap."""
    world = large_and_small((8, 2))
    data, _, _ = world.sample(4)
    mean, covariance = tempered(world, {"large": 1.0, "small": 1.0}).posterior(data)
    elbo = exact_elbo(world, data, (mean, covariance.expand(4, 2, 2)))
    torch.testing.assert_close(elbo, world.log_prob(data))
