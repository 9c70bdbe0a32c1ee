"""The continuous Bernoulli keeps the promises of likelihoods, near p = 1/2 and far from it too."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
import torch
from scipy import stats
from torch import Tensor
from torch.distributions import ContinuousBernoulli

from mopoe.likelihoods import ContinuousBernoulliLikelihood
from tests.mopoe.likelihoods import promises

LIKELIHOOD = ContinuousBernoulliLikelihood()
SIZES = [1e-9, 1e-3, 0.049, 0.05, 0.051, 0.5, 3.0, 40.0, 700.0]
LOGITS = [0.0, *SIZES, *(-size for size in SIZES)]


def numbers() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    recon = 2 * torch.randn(5, 3, 2, dtype=torch.float64, generator=generator)
    recon[0, 0] = torch.tensor([0.0, 0.0499])
    return recon, torch.rand(5, 3, 2, dtype=torch.float64, generator=generator)


def test_promises_are_kept() -> None:
    recon, target = numbers()
    promises.hold(LIKELIHOOD, recon, target)
    promises.draws_have_its_mean(LIKELIHOOD, recon, sd=lambda r: ContinuousBernoulli(logits=r).stddev)
    promises.names_its_settings(LIKELIHOOD)
    for value in (-0.01, 1.01, float("nan")):
        promises.refuses(
            LIKELIHOOD, torch.tensor([0.5, value]), f"between 0 and 1 .* got {value:.4g}; rescale"
        )


def test_the_density_is_that_of_torch() -> None:
    recon, target = numbers()
    promises.density_is(
        LIKELIHOOD,
        recon[1:],
        target[1:],
        lambda r, t: ContinuousBernoulli(logits=r, lims=(0.5, 0.5)).log_prob(t),
    )


@pytest.mark.parametrize("logit", LOGITS)
def test_density_mean_and_slope_are_exact_for_every_logit(logit: float) -> None:
    """Against sixty digits."""
    with localcontext(prec=60):
        rate = Decimal(logit)
        constant = ((rate.exp() - 1) / rate).ln() if logit else Decimal(0)
        mean = float(1 / (1 - (-rate).exp()) - 1 / rate) if logit else 0.5
        expected = [float(rate * Decimal(x) - constant) for x in (0, 0.3, 1)]
    recon = torch.full((3,), logit, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([0, 0.3, 1], dtype=torch.float64)
    found = LIKELIHOOD.log_prob(recon, target)
    torch.testing.assert_close(
        found.detach(), torch.tensor(expected, dtype=torch.float64), rtol=1e-12, atol=1e-13
    )
    torch.testing.assert_close(float(LIKELIHOOD.mean(recon.detach())[0]), mean, rtol=1e-12, atol=1e-14)
    (slope,) = torch.autograd.grad(found.sum(), recon)
    torch.testing.assert_close(slope, target - mean, rtol=0, atol=1e-13)
    assert torch.autograd.gradgradcheck(LIKELIHOOD.log_prob, (recon, target))


@pytest.mark.parametrize("logit", [-200.0, -1.0, -1e-7, 0.0, 0.3, 30.0])
def test_densities_integrate_to_one(logit: float) -> None:
    promises.integrates_to_one(LIKELIHOOD, torch.tensor([[logit]], dtype=torch.float64), 0, 1, [0.05, 0.95])


@pytest.mark.parametrize("logit", [-200.0, -1.0, -1e-7, 0.0, 0.3, 30.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_draws_have_its_distribution(logit: float, dtype: torch.dtype) -> None:
    draws = LIKELIHOOD.sample(torch.full((20_000,), logit, dtype=dtype), torch.Generator().manual_seed(1))
    law = stats.uniform() if logit == 0 else stats.truncexpon(abs(logit), scale=1 / abs(logit))
    draws = 1 - draws if logit > 0 else draws
    assert stats.kstest(draws.double().numpy(), law.cdf).pvalue > 1e-3


def test_extreme_logits_stay_finite() -> None:
    recon, target = numbers()
    for size in (0.0, 1e-30, 1e-4, 1e4, 1e30):
        for ends in (target, target.round()):
            promises.stays_finite(LIKELIHOOD, size * recon, ends)
