"""Mixtures over latents: draws, densities, and what is recovered from a model whose latents are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from mopoe import IncompleteDataset, ModelOutput, MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.samplers.gaussian_mixture import LatentMixture, fit_latent_mixture

CENTRES = torch.tensor([[-4.0, 0.0], [4.0, 1.0]])


class KnowsLatents:
    """Encodes a sample as normal noise, correlated and scaled, around the centre of its number."""

    latent_dim = 2
    root = torch.tensor([[0.5, 0.0], [0.4, 0.2]])

    def __init__(self) -> None:
        self.batches: list[int] = []

    def encode(self, inputs, cond_mod, *, generator):
        assert cond_mod == "all"
        which = inputs.data["a"][:, 0].long()
        self.batches.append(len(which))
        return ModelOutput(z=CENTRES[which] + torch.randn(len(which), 2, generator=generator) @ self.root.T)


def two_thirds(n: int) -> MultimodalBaseDataset:
    """Two samples of the first kind for each of the second."""
    return MultimodalBaseDataset({"a": (torch.arange(n) % 3 == 2).float()[:, None]})


def some_mixture(seed: int, count: int, size: int, full: bool) -> LatentMixture:
    random = torch.Generator().manual_seed(seed)
    weights = torch.rand(count, generator=random, dtype=torch.float64) + 0.1
    means = 3 * torch.randn(count, size, generator=random, dtype=torch.float64)
    spread = torch.rand(count, size, generator=random, dtype=torch.float64) + 0.3
    if full:
        below = torch.randn(count, size, size, generator=random, dtype=torch.float64).tril(-1)
        spread = below + torch.diag_embed(spread)
    return LatentMixture(weights / weights.sum(), means, spread)


def covariances(mixture: LatentMixture) -> torch.Tensor:
    roots = mixture.roots if mixture.roots.ndim == 3 else torch.diag_embed(mixture.roots)
    return roots @ roots.mT


@given(seed=st.integers(0, 999), count=st.integers(1, 4), size=st.integers(1, 4), full=st.booleans())
def test_the_density_is_that_of_scipy(seed: int, count: int, size: int, full: bool) -> None:
    mixture = some_mixture(seed, count, size, full)
    z = 2 * torch.randn(2, 3, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    parts = zip(mixture.weights.log(), mixture.means, covariances(mixture), strict=True)
    expected = logsumexp(
        [
            float(weight) + multivariate_normal(mean.numpy(), cov.numpy()).logpdf(z.reshape(-1, size).numpy())
            for weight, mean, cov in parts
        ],
        axis=0,
    )
    found = mixture.log_density(z)
    assert found.shape == (2, 3)
    # 1e-9 of the density, also where it is too small to be a number; there ln p is known to eleven digits.
    np.testing.assert_allclose(found.flatten(), np.reshape(expected, -1), rtol=1e-11, atol=1e-9)


@settings(max_examples=10)
@given(seed=st.integers(0, 999), full=st.booleans())
def test_draws_have_the_mean_and_covariance_of_the_mixture(seed: int, full: bool) -> None:
    mixture, n = some_mixture(seed, 3, 2, full), 40_000
    z = mixture.sample(n, torch.Generator().manual_seed(seed))
    mean = mixture.weights @ mixture.means
    apart = mixture.means - mean
    within = (mixture.weights[:, None, None] * covariances(mixture)).sum(0)
    covariance = within + torch.einsum("k,ki,kj->ij", mixture.weights, apart, apart)
    scale = covariance.diagonal().sqrt()
    assert ((z.mean(0) - mean).abs() < 5 * scale / math.sqrt(n)).all()
    # The fourth moment of a mixture is at most some times that of a Gaussian.
    assert ((z.T.cov() - covariance).abs() < 10 * torch.outer(scale, scale) / math.sqrt(n)).all()


def test_each_component_is_drawn_with_its_weight_and_its_own_spread() -> None:
    mixture = LatentMixture(
        torch.tensor([0.25, 0.75]), torch.tensor([[-100.0], [100.0]]), torch.tensor([[1.0], [5.0]])
    )
    z = mixture.sample(20_000, torch.Generator().manual_seed(0))[:, 0]
    assert float((z < 0).double().mean()) == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / 20_000))
    assert float(z[z < 0].std()) == pytest.approx(1, rel=0.06)
    assert float(z[z > 0].std()) == pytest.approx(5, rel=0.04)


def test_the_generator_decides_and_the_callers_randomness_stays() -> None:
    mixture = some_mixture(0, 3, 2, full=True)
    before = torch.get_rng_state()
    first, again, other = (mixture.sample(5, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_draws_lie_on_the_device_of_the_generator() -> None:
    assert some_mixture(0, 3, 2, full=True).sample(5, torch.Generator("cuda")).is_cuda


@pytest.mark.parametrize("covariance", ["full", "diag"])
def test_the_aggregated_posterior_is_recovered(covariance: str) -> None:
    mixture = fit_latent_mixture(
        KnowsLatents(), two_thirds(6000), n_components=2, covariance=covariance, seed=3
    )
    order = mixture.means[:, 0].argsort()
    assert torch.allclose(mixture.weights[order], torch.tensor([2 / 3, 1 / 3]).double(), atol=1e-3)
    assert torch.allclose(mixture.means[order], CENTRES.double(), atol=0.05)
    truth = (KnowsLatents.root @ KnowsLatents.root.T).double()
    if covariance == "diag":
        truth = torch.diag(truth.diagonal())
    assert torch.allclose(covariances(mixture), truth.expand(2, 2, 2), atol=0.02)
    assert mixture.roots.shape == ((2, 2, 2) if covariance == "full" else (2, 2))
    assert mixture.weights.dtype == mixture.means.dtype == mixture.roots.dtype == torch.float64


class Certain:
    """The data are the latents; remembers what it was shown."""

    latent_dim = 2

    def __init__(self) -> None:
        self.shown: list[torch.Tensor] = []

    def encode(self, inputs, cond_mod, *, generator):
        self.shown.append(inputs.data["a"])
        return ModelOutput(z=inputs.data["a"])


def test_one_component_is_the_mean_and_covariance_of_the_draws() -> None:
    z = torch.randn(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    data = MultimodalBaseDataset({"a": z})
    mixture = fit_latent_mixture(Certain(), data, n_components=1, regularisation=0.25, seed=0)
    assert torch.allclose(mixture.means[0], z.mean(0))
    assert torch.allclose(covariances(mixture)[0], z.T.cov(correction=0) + 0.25 * torch.eye(2).double())


def test_so_many_samples_are_encoded_batch_by_batch_and_the_seed_decides_which() -> None:
    data = MultimodalBaseDataset({"a": torch.randn(300, 2, generator=torch.Generator().manual_seed(0))})
    seen = []
    for seed in (1, 1, 2):
        model = Certain()
        fit_latent_mixture(model, data, n_components=2, n_samples=70, seed=seed, batch_size=32)
        assert list(map(len, model.shown)) == [32, 32, 6]
        seen.append(torch.cat(model.shown))
        assert len(seen[-1].unique(dim=0)) == 70
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])


def test_the_seed_decides_the_fit_where_the_data_leave_it_open() -> None:
    # Eight components in one cloud: which optimum is found depends on the start alone.
    z = torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    first, again, other = (
        fit_latent_mixture(Certain(), MultimodalBaseDataset({"a": z}), n_components=8, seed=seed)
        for seed in (1, 1, 2)
    )
    assert torch.equal(first.means, again.means)
    assert not torch.equal(first.means.sort(0).values, other.means.sort(0).values)


def test_a_model_of_ours_with_private_latents_and_dropout_keeps_its_mode() -> None:
    data = MultimodalBaseDataset({"a": torch.rand(60, 3), "b": torch.rand(60, 4)})
    dims = {"a": (3,), "b": (4,)}
    model = MoPoE(
        MoPoEConfig(2, latent_dim=2, input_dims=dims, modalities_specific_dim={"a": 3, "b": 1})
    ).train()
    before = torch.get_rng_state()
    mixture = fit_latent_mixture(model, data, n_components=3, covariance="diag", seed=0)
    assert torch.equal(before, torch.get_rng_state())
    assert mixture.latent_dim == 2
    assert model.training
    assert mixture.log_density(mixture.sample(4)).isfinite().all()


def test_what_cannot_be_fitted_is_refused_before_anything_is_encoded() -> None:
    data, model = two_thirds(30), KnowsLatents()
    some = torch.arange(30) > 0
    missing = IncompleteDataset({"a": data.data["a"], "b": data.data["a"]}, {"a": some, "b": torch.ones(30)})
    cases = [
        (object(), data, {}, TypeError, "model: expected a model with encode, got object"),
        (model, data.data, {}, TypeError, "dataset: expected a MultimodalBaseDataset, got dict"),
        (model, missing, {}, ValueError, "dataset: expected complete data"),
        (model, data, {"n_components": 0}, ValueError, "n_components: expected at least 1, got 0"),
        (model, data, {"n_samples": 2.5}, TypeError, "n_samples: expected an integer, got 2.5"),
        (
            model,
            data,
            {"covariance": "tied"},
            ValueError,
            "covariance: expected 'full' or 'diag', got 'tied'",
        ),
        (model, data, {"regularisation": -1}, ValueError, "regularisation: expected 0 or more"),
        (model, data, {"seed": -1}, ValueError, "seed: expected at least 0"),
        (model, data, {"n_components": 11}, ValueError, "at least 33 samples for 11 .* got 30; .*'diag'"),
        (
            model,
            data,
            {"n_components": 11, "n_samples": 21, "covariance": "diag"},
            ValueError,
            "at least 22 samples for 11 .* got 21; take fewer components$",
        ),
    ]
    for given_model, given_data, options, error, message in cases:
        with pytest.raises(error, match=message):
            fit_latent_mixture(given_model, given_data, **({"seed": 0} | options))
    assert model.batches == []


def test_latents_that_are_no_numbers_are_refused() -> None:
    data = two_thirds(60)
    data.data["a"][7] = torch.nan

    class Broken(KnowsLatents):
        def encode(self, inputs, cond_mod, *, generator):
            return ModelOutput(z=inputs.data["a"].expand(-1, 2))

    with pytest.raises(ValueError, match="model: expected finite latents"):
        fit_latent_mixture(Broken(), data, n_components=2, seed=0)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"got \(3,\), \(2, 4\) and \(2, 4\)"):
        LatentMixture(torch.ones(3) / 3, torch.zeros(2, 4), torch.ones(2, 4))
    with pytest.raises(ValueError, match=r"got \(2,\), \(2,\) and \(2,\)"):
        LatentMixture(torch.ones(2) / 2, torch.zeros(2), torch.ones(2))
    with pytest.raises(ValueError, match=r"log_density: expected z of shape \(\*, 2\), got \(5,\)"):
        some_mixture(0, 1, 2, full=True).log_density(torch.zeros(5))
