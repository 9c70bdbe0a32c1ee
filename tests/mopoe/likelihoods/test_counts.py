"""Likelihoods of counts against scipy and closed forms, exact for large counts and nearly without dispersion."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from mopoe import MoPoE, MoPoEConfig
from mopoe.likelihoods import Likelihood, PoissonLikelihood, make_likelihood
from mopoe.likelihoods.counts import CEILING
from mopoe.likelihoods.gamma_functions import log_rising_power
from tests.mopoe.likelihoods import promises

THETAS = torch.tensor([0.3, 2.0, 40.0], dtype=torch.float64)
LIKELIHOODS: dict[str, tuple[str, dict[str, Any]]] = {
    "poisson": ("poisson", {}),
    "nb": ("negative_binomial", {"inverse_dispersion": 2.5}),
    "nb by entry": ("negative_binomial", {"inverse_dispersion": THETAS}),
    "nb learned": ("negative_binomial", {}),
    "nb learned by entry": ("negative_binomial", {"inverse_dispersion": "learned_per_entry"}),
    "nb predicted": ("negative_binomial", {"inverse_dispersion": "predicted", "floor": 0.01}),
    "zinb": ("zero_inflated_negative_binomial", {"inverse_dispersion": 2.5}),
    "zinb learned": ("zero_inflated_negative_binomial", {"inverse_dispersion": "learned_per_entry"}),
    "zinb predicted": ("zero_inflated_negative_binomial", {"inverse_dispersion": "predicted"}),
}


def likelihood_of(case: str) -> Likelihood:
    kind, params = LIKELIHOODS[case]
    likelihood = make_likelihood(kind, params, "rna", (3,)).double()
    with torch.no_grad():
        for parameter in likelihood.parameters():
            parameter.copy_(torch.linspace(-1, 1, parameter.numel()).reshape(parameter.shape))
    return likelihood


def recon_of(likelihood: Likelihood, *leading: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(*leading, *likelihood.recon_dims((3,)), dtype=torch.float64, generator=generator)


COUNTS = torch.tensor([[0.0, 1, 2], [7, 0, 30], [0, 0, 1], [3, 2, 11]], dtype=torch.float64)


def oracle(case: str, likelihood: Likelihood, recon: Tensor) -> tuple[Any, np.ndarray]:
    """scipy's distribution and the share of lost counts, from the definitions of the parameters."""
    recon = recon.detach()
    kind, params = LIKELIHOODS[case]
    several = recon.shape[-len(likelihood.recon_dims((3,))) :] != (3,)
    mu = (recon[..., 0] if several else recon).exp().numpy()
    lost = torch.sigmoid(recon[..., 1]).numpy() if kind.startswith("zero") else np.zeros(mu.shape)
    if kind == "poisson":
        return stats.poisson(mu), lost
    given = params.get("inverse_dispersion", "learned")
    if given == "predicted":
        theta = params.get("floor", 1e-3) + recon[..., -1].exp().numpy()
    elif isinstance(given, str):
        theta = 1e-3 + np.exp(next(likelihood.parameters()).detach().numpy())
    else:
        theta = np.asarray(given)
    return stats.nbinom(theta, theta / (theta + mu)), lost


@pytest.mark.parametrize("case", LIKELIHOODS)
@pytest.mark.parametrize("leading", [(4,), (2, 4)])
def test_densities_and_means_are_those_of_scipy(case: str, leading: tuple[int, ...]) -> None:
    likelihood = likelihood_of(case)
    recon = recon_of(likelihood, *leading)
    distribution, lost = oracle(case, likelihood, recon)
    by_scipy = np.log(lost * (COUNTS.numpy() == 0) + (1 - lost) * distribution.pmf(COUNTS.numpy()))
    promises.density_is(likelihood, recon, COUNTS, lambda *_: by_scipy)
    mean = torch.as_tensor((1 - lost) * distribution.mean())
    torch.testing.assert_close(likelihood.mean(recon), mean, rtol=1e-10, atol=0)
    assert likelihood.recon_dims((3,)) == tuple(recon.shape[len(leading) :])


@pytest.mark.parametrize("case", LIKELIHOODS)
def test_promises_are_kept(case: str) -> None:
    likelihood = likelihood_of(case)
    promises.hold(likelihood, recon_of(likelihood, 4), COUNTS)


@pytest.mark.parametrize("case", LIKELIHOODS)
def test_draws_are_spread_as_scipy_says(case: str) -> None:
    likelihood = likelihood_of(case)
    recon = recon_of(likelihood, 4)
    distribution, lost = oracle(case, likelihood, recon)
    variance = (1 - lost) * (distribution.var() + lost * distribution.mean() ** 2)
    promises.draws_have_its_mean(likelihood, recon, 20_000, lambda _: np.sqrt(variance))


@pytest.mark.parametrize("case", [case for case in LIKELIHOODS if "learned" not in case])
def test_probabilities_of_all_counts_sum_to_one(case: str) -> None:
    likelihood = likelihood_of(case)
    support = torch.arange(20_000.0).double()[:, None].expand(-1, 3)
    found = likelihood.log_prob(recon_of(likelihood, 1), support).exp().sum(0)
    torch.testing.assert_close(found, torch.ones(3).double(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("theta", [None, 1e-3, 0.5, 9.99, 10.0, 100.0, 1e4, 1e8, 1e13])
@pytest.mark.parametrize("count", [0, 1, 5, 1_000, 1_000_000])
def test_single_precision_is_exact_for_large_counts_and_any_dispersion(
    count: int, theta: float | None
) -> None:
    """Against products of k factors, Γ(k + θ)/Γ(θ) and k!; lgamma(1e6) alone is rounded by 1 in single precision."""
    params = {} if theta is None else {"inverse_dispersion": theta}
    likelihood = make_likelihood("poisson" if theta is None else "negative_binomial", params, "rna")
    k = np.arange(count)
    constant = -math.fsum(np.log(k + 1)) + (0 if theta is None else math.fsum(np.log1p(k / theta)))
    for log_rate in (-5.0, 0.0, math.log(max(count, 1)), 13.8):
        recon = torch.tensor([[log_rate]])
        mu = math.exp(recon.item())
        lost = mu if theta is None else (theta + count) * math.log1p(mu / theta)
        expected = math.fsum([constant, count * recon.item(), -lost])
        found = likelihood.log_prob(recon, torch.tensor([[float(count)]]))
        assert found.dtype == torch.float32
        assert float(found) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("case", LIKELIHOODS)
def test_extreme_reconstructions_stay_finite(case: str) -> None:
    likelihood = likelihood_of(case)
    counts = torch.tensor([[0.0, 1, 1e6]]).expand(4, 3)
    for size in (40.0, 1e4, 1e9):
        signs = recon_of(likelihood, 4).sign()
        promises.stays_finite(likelihood, size * signs, counts)
        promises.stays_finite(likelihood, size * torch.ones_like(signs), counts)
        promises.stays_finite(likelihood, -size * torch.ones_like(signs), counts)


@pytest.mark.parametrize("case", LIKELIHOODS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_densities_without_a_graph_are_the_same_and_leave_the_reconstruction(
    case: str, dtype: torch.dtype
) -> None:
    likelihood = likelihood_of(case).to(dtype)
    recon = recon_of(likelihood, 2, 4).to(dtype)
    kept, counts, expected = recon.clone(), COUNTS.to(dtype), likelihood.log_prob(recon, COUNTS.to(dtype))
    with torch.no_grad():
        found = likelihood.log_prob(recon, counts)
    torch.testing.assert_close(found, expected.detach())
    assert torch.equal(recon, kept) and torch.equal(counts, COUNTS.to(dtype))


@pytest.mark.parametrize("case", LIKELIHOODS)
def test_one_reconstruction_explains_many_counts_with_and_without_a_graph(case: str) -> None:
    likelihood = likelihood_of(case)
    recon = recon_of(likelihood, 1)
    expected = likelihood.log_prob(recon.expand(len(COUNTS), *recon.shape[1:]), COUNTS)
    torch.testing.assert_close(likelihood.log_prob(recon, COUNTS), expected)
    with torch.no_grad():
        torch.testing.assert_close(likelihood.log_prob(recon, COUNTS), expected)


def test_rates_end_at_the_ceiling() -> None:
    recon = torch.tensor([[CEILING - 1, CEILING + 1, 1e30]], dtype=torch.float64)
    expected = torch.tensor([[CEILING - 1, CEILING, CEILING]]).double().exp()
    torch.testing.assert_close(PoissonLikelihood().mean(recon), expected)


def test_without_dispersion_it_is_poisson_and_without_losses_the_negative_binomial() -> None:
    recon = recon_of(PoissonLikelihood(), 4)
    poisson = PoissonLikelihood().log_prob(recon, COUNTS)
    near = make_likelihood("negative_binomial", {"inverse_dispersion": 1e14}, "rna").log_prob(recon, COUNTS)
    torch.testing.assert_close(near, poisson, rtol=1e-9, atol=1e-9)
    two = torch.stack([recon, torch.full_like(recon, -60)], -1)
    found = make_likelihood("zero_inflated_negative_binomial", {"inverse_dispersion": 1e14}, "rna")
    torch.testing.assert_close(found.log_prob(two, COUNTS), poisson, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", LIKELIHOODS)
def test_a_size_factor_multiplies_the_rate_and_nothing_else(case: str) -> None:
    likelihood = likelihood_of(case)
    recon, sizes = recon_of(likelihood, 4), torch.tensor([0.1, 1.0, 2.0, 30.0]).double()
    by_sample = sizes.reshape(4, *[1] * (recon.ndim - 1))
    sized = likelihood.with_size(recon, by_sample)
    torch.testing.assert_close(likelihood.mean(sized), sizes[:, None] * likelihood.mean(recon))
    if recon.ndim > 2:
        assert torch.equal(sized[..., 1:], recon[..., 1:])


@pytest.mark.parametrize("case", LIKELIHOODS)
@pytest.mark.parametrize(
    ("value", "shown"), [(-1.0, "-1"), (0.5, "0.5"), (math.nan, "nan"), (math.inf, "inf")]
)
def test_what_is_no_count_is_refused(case: str, value: float, shown: str) -> None:
    counts = COUNTS.clone()
    counts[1, 2] = value
    promises.refuses(likelihood_of(case), counts, f"expected counts for .*, got {shown}")


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.uint64, torch.int64, torch.float32])
def test_counts_of_any_type_are_read(dtype: torch.dtype) -> None:
    config = MoPoEConfig(1, 2, {"rna": (3,)}, decoders_dist={"rna": "zero_inflated_negative_binomial"})
    model = MoPoE(config)
    losses = [
        model({"rna": COUNTS.to(t)}, generator=torch.Generator().manual_seed(0)).loss
        for t in (torch.float32, dtype)
    ]
    torch.testing.assert_close(*losses)


def test_encoders_that_have_a_name_see_the_logarithm_of_counts() -> None:
    model = MoPoE(MoPoEConfig(1, 2, {"rna": (3,)}, decoders_dist={"rna": "poisson"}))
    found = model.modality_encode({"rna": COUNTS})["rna"].embedding
    assert torch.equal(found, model.encoders["rna"](COUNTS.float().log1p()).embedding)


def test_names_tell_the_settings() -> None:
    promises.names_its_settings(likelihood_of("nb"), "inverse_dispersion 2.5")
    promises.names_its_settings(likelihood_of("zinb predicted"), "inverse_dispersion predicted")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"inverse_dispersion": 0}, r"\['rna'\]\['inverse_dispersion'\]: expected a positive number, got 0"),
        ({"inverse_dispersion": [1.0, -2.0, 1.0]}, "expected positive numbers, got -2"),
        ({"scale": 1.0}, "takes inverse_dispersion and floor, got 'scale'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_likelihood("negative_binomial", params, "rna", (3,))


@pytest.mark.parametrize("k", [0, 1, 2, 17, 1_000, 100_000])
@pytest.mark.parametrize("x", [1e-6, 1e-3, 0.1, 1.0, 7.9, 8.1, 30.0, 1e3, 1e6, 1e13, 1e30])
def test_it_is_the_logarithm_of_a_product_with_its_derivative(x: float, k: int) -> None:
    """Γ(x + k)/Γ(x)/xᵏ = ∏ (1 + i/x), whose logarithm falls with x by Σ i / (x (x + i))."""
    i = np.arange(k)
    at = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    found = log_rising_power(at, torch.tensor(k).double())
    (slope,) = torch.autograd.grad(found, at)
    assert found.item() == pytest.approx(math.fsum(np.log1p(i / x)), rel=1e-12, abs=1e-12 * (1 + k))
    assert slope.item() == pytest.approx(-math.fsum(i / (x * (x + i))), rel=1e-9, abs=1e-9 / x)
