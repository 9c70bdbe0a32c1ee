"""Log-variances from −80 to 80 in float32: finite, and right to float32's precision."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from mopoe import kl_to_standard_normal, product_of_experts, subset_products
from mopoe.fusion.gaussians import log_density
from mopoe.fusion.subsets import membership_matrix, power_set

EXTREMES = [-80.0, -40.0, -1.0, 0.0, 3.0, 40.0, 80.0]


def softmax_product(mus: Tensor, logvars: Tensor) -> tuple[Tensor, Tensor]:
    """The product by softmax weights in float64: no precision is ever formed."""
    mus, logvars = mus.double(), logvars.double()
    return (torch.softmax(-logvars, 0) * mus).sum(0), -torch.logsumexp(-logvars, 0)


def grid(n_experts: int) -> tuple[Tensor, Tensor]:
    """Every combination of extreme log-variances, one a sample, with means of mixed sign and size."""
    logvars = torch.tensor(list(itertools.product(EXTREMES, repeat=n_experts))).T[..., None]
    mus = torch.linspace(-90, 70, logvars.numel()).reshape(logvars.shape)
    return mus, logvars


@pytest.mark.parametrize("n_experts", [1, 2, 3])
def test_products_are_right(n_experts: int) -> None:
    mus, logvars = grid(n_experts)
    mu, logvar = product_of_experts(mus, logvars)
    expected_mu, expected_logvar = softmax_product(mus, logvars)
    assert mu.dtype == logvar.dtype == torch.float32
    # A weighted mean is as precise as its largest term: hence the absolute part, 4 ulp of 90.
    torch.testing.assert_close(mu.double(), expected_mu, rtol=1e-5, atol=3e-5)
    torch.testing.assert_close(logvar.double(), expected_logvar, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("n_experts", [1, 2, 3])
def test_gradients_of_products_are_right(n_experts: int) -> None:
    mus, logvars = grid(n_experts)
    gradients = []
    for product, dtype in ((product_of_experts, torch.float32), (softmax_product, torch.float64)):
        leaves = [t.to(dtype).clone().requires_grad_() for t in (mus, logvars)]
        mu, logvar = product(*leaves)
        gradients.append(torch.autograd.grad(mu.sum() + logvar.sum(), leaves))
    for got, expected in zip(*gradients, strict=True):
        assert bool(torch.isfinite(got).all())
        torch.testing.assert_close(got.double(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("with_prior", [False, True])
def test_all_subsets_with_and_without_a_prior_expert_are_right(with_prior: bool) -> None:
    mus, logvars = grid(3)
    subsets = power_set(list("abc"))
    membership = membership_matrix(subsets, list("abc"))
    prior = torch.full((len(subsets),), with_prior)
    got_mus, got_logvars = subset_products(mus, logvars, membership, prior)
    for row, mu, logvar in zip(membership, got_mus, got_logvars, strict=True):
        members_mu, members_logvar = mus[row], logvars[row]
        if with_prior:
            standard = torch.zeros_like(mus[:1])
            members_mu, members_logvar = (
                torch.cat([members_mu, standard]),
                torch.cat([members_logvar, standard]),
            )
        expected_mu, expected_logvar = softmax_product(members_mu, members_logvar)
        torch.testing.assert_close(mu.double(), expected_mu, rtol=1e-5, atol=3e-5)
        torch.testing.assert_close(logvar.double(), expected_logvar, rtol=2e-6, atol=2e-6)


def test_divergence_and_its_gradient_are_right() -> None:
    mu, logvar = (t[0] for t in grid(1))
    leaves = [t.clone().requires_grad_() for t in (mu, logvar)]
    divergence = kl_to_standard_normal(*leaves)
    exact_mu, exact_logvar = mu.double(), logvar.double()
    exact = 0.5 * (exact_mu**2 + torch.expm1(exact_logvar) - exact_logvar).squeeze(-1)
    torch.testing.assert_close(divergence.double(), exact, rtol=1e-6, atol=1e-7)
    gradients = torch.autograd.grad(divergence.sum(), leaves)
    torch.testing.assert_close(gradients[0].double(), exact_mu, rtol=1e-6, atol=0)
    torch.testing.assert_close(gradients[1].double(), torch.expm1(exact_logvar) / 2, rtol=1e-6, atol=0)


def test_divergence_keeps_its_digits_next_to_the_prior() -> None:
    """KL ≈ (μ² + ln²σ² / 2) / 2 for tiny μ and ln σ²; a plain σ² − 1 would leave noise of 1e-7."""
    mu, logvar = torch.tensor([1e-6]), torch.tensor([1e-4])
    expected = 0.5 * (1e-12 + 1e-8 / 2)
    assert float(kl_to_standard_normal(mu, logvar)) == pytest.approx(expected, rel=0.02)


def test_density_is_right() -> None:
    mu, logvar = (t[0] for t in grid(1))
    z = mu + 2 * torch.exp(logvar / 2)  # float32 rounds z, so the oracle gets the rounded one
    exact_mu, exact_logvar = mu.double(), logvar.double()
    exact = torch.distributions.Normal(exact_mu, (exact_logvar / 2).exp()).log_prob(z.double()).squeeze(-1)
    torch.testing.assert_close(log_density(z, mu, logvar).double(), exact, rtol=1e-5, atol=1e-5)
