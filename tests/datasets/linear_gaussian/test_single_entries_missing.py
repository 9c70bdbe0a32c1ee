"""Exact answers where single entries are missing, sample by sample from the joint Gaussian."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal, norm
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from workbench.datasets import LinearGaussian, exact_elbo
from workbench.datasets.linear_gaussian import linear_gaussian_model

DIMS = {"a": 2, "b": 3, "c": 1}
PRIVATE = {"a": 1, "b": 2, "c": 1}
LENGTH = 9


def make(private: bool) -> LinearGaussian:
    return LinearGaussian.random(DIMS, 2, noise=0.7, private_dims=PRIVATE if private else None, seed=4)


def hidden(data: dict[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """NaN in other places of each sample, and the masks: sample 0 shows all, 1 nothing of a, 2 nothing at all."""
    generator = torch.Generator().manual_seed(3)
    masks = {name: torch.rand(x.shape, generator=generator) < 0.6 for name, x in data.items()}
    for mask in masks.values():
        mask[0], mask[2] = True, False
    masks["a"][1] = False
    return {name: x.where(masks[name], torch.nan) for name, x in data.items()}, masks


def joint(model: LinearGaussian, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of (z, w of all modalities that have one, x of ``names``)."""
    latent = 2 + sum(c.shape[1] for c in model.private_loadings.values())
    rows, offsets, noises, start = [], [], [], 2
    places = {}
    for name, loading in model.private_loadings.items():
        places[name] = slice(start, start + loading.shape[1])
        start += loading.shape[1]
    for name in names:
        row = np.zeros((DIMS[name], latent))
        row[:, :2] = model.loadings[name]
        if name in places:
            row[:, places[name]] = model.private_loadings[name]
        rows.append(row)
        offsets.append(model.offsets[name].numpy())
        noises.append(np.full(DIMS[name], model.noise[name] ** 2))
    mixing = np.concatenate([np.eye(latent), *rows])
    noise = np.concatenate([np.zeros(latent), *noises])
    return np.concatenate([np.zeros(latent), *offsets]), mixing @ mixing.T + np.diag(noise)


@pytest.mark.parametrize("names", [["a", "b", "c"], ["b", "a"], ["c"]], ids=" ".join)
@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
def test_density_and_posterior_of_what_each_sample_shows(private: bool, names: list[str]) -> None:
    model = make(private)
    data, masks = hidden(model.sample(LENGTH, seed=1)[0])
    mean, covariance = joint(model, names)
    latent = len(mean) - sum(DIMS[name] for name in names)
    densities = model.log_prob(data, names, masks)
    means, spreads = model.posterior(data, names, masks)
    assert spreads.shape == (LENGTH, 2, 2)
    for i in range(LENGTH):
        seen = latent + np.flatnonzero(torch.cat([masks[name][i] for name in names]).numpy())
        values = torch.cat([data[name][i] for name in names]).numpy()[seen - latent] - mean[seen]
        expected = 0.0
        if len(seen):
            expected = multivariate_normal(cov=covariance[np.ix_(seen, seen)]).logpdf(values)
        assert abs(float(densities[i]) - expected) < 1e-11
        gain = covariance[:2, seen] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
        assert np.allclose(means[i], gain @ values, rtol=0, atol=1e-12)
        assert np.allclose(spreads[i], np.eye(2) - gain @ covariance[seen, :2], rtol=0, atol=1e-12)


def test_conditionals_are_differences_of_what_was_observed() -> None:
    model = make(private=True)
    data, masks = hidden(model.sample(LENGTH, seed=1)[0])
    found = model.conditional_log_prob(data, ["a", "c"], ["b"], masks)
    for i in range(LENGTH):
        mean, covariance = (torch.from_numpy(x)[6:] for x in joint(model, ["a", "c", "b"]))
        covariance = covariance[:, 6:]
        seen = torch.cat([masks[name][i] for name in ("a", "c", "b")])
        values = torch.cat([data[name][i] for name in ("a", "c", "b")]) - mean
        target, given = seen.clone(), seen.clone()
        target[3:], given[:3] = False, False
        if not target.any():
            assert float(found[i]) == 0
            continue
        gain = covariance[target][:, given] @ torch.linalg.pinv(covariance[given][:, given])
        spread = covariance[target][:, target] - gain @ covariance[given][:, target]
        expected = MultivariateNormal(gain @ values[given], spread).log_prob(values[target])
        assert abs(float(found[i] - expected)) < 1e-10


def test_masks_of_whole_modalities_leave_them_out() -> None:
    model = make(private=True)
    data, _, _ = model.sample(4, seed=1)
    masks = {"a": torch.tensor([1, 1, 0, 1]), "b": torch.ones(4, 1), "c": torch.tensor([0, 1, 1, 0])}
    shown = (["a", "b"], ["a", "b", "c"], ["b", "c"], ["a", "b"])
    expected = [model.log_prob({m: x[i : i + 1] for m, x in data.items()}, s) for i, s in enumerate(shown)]
    torch.testing.assert_close(model.log_prob(data, masks=masks), torch.cat(expected), rtol=1e-12, atol=0)


def test_the_likelihood_given_latents_is_that_of_the_observed_entries() -> None:
    model = make(private=False)
    complete, z, _ = model.sample(LENGTH, seed=1)
    data, masks = hidden(complete)
    found = model.log_likelihood(data, torch.stack([z, z + 1]), None, ["b", "c"], masks)
    for k in range(2):
        expected = np.zeros(LENGTH)
        for name in ("b", "c"):
            location = (z + k) @ model.loadings[name].T + model.offsets[name]
            by_entry = norm.logpdf(complete[name], location, model.noise[name])
            expected += np.where(masks[name], by_entry, 0).sum(1)
        torch.testing.assert_close(found[k], torch.from_numpy(expected), rtol=1e-12, atol=0)


def test_what_the_elbo_lacks_is_the_divergence_from_the_posterior() -> None:
    model = make(private=False)
    data, masks = hidden(model.sample(LENGTH, seed=1)[0])
    generator = torch.Generator().manual_seed(2)
    factor = torch.randn(LENGTH, 2, 2, dtype=torch.float64, generator=generator)
    spread = factor @ factor.mT + 0.2 * torch.eye(2, dtype=torch.float64)
    mean = torch.randn(LENGTH, 2, dtype=torch.float64, generator=generator)
    gap = kl_divergence(
        MultivariateNormal(mean, spread), MultivariateNormal(*model.posterior(data, masks=masks))
    )
    found = exact_elbo(model, data, (mean, spread), masks=masks)
    torch.testing.assert_close(found, model.log_prob(data, masks=masks) - gap, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
def test_encoders_are_the_posteriors_of_the_observed_entries_of_their_modality(private: bool) -> None:
    truth = make(private)
    data, masks = hidden(truth.sample(LENGTH, seed=1)[0])
    model, wrong = linear_gaussian_model(truth), linear_gaussian_model(truth, widening=2.5, shift=0.3)
    for name in DIMS:
        zeros = data[name].nan_to_num()
        expert = model.encoders[name](zeros, mask=masks[name])
        mean, covariance = joint(truth, [name])
        latent = len(mean) - DIMS[name]
        own = slice(*{"a": (2, 3), "b": (3, 5), "c": (5, 6)}[name]) if private else slice(2, 2)
        for i in range(LENGTH):
            seen = latent + np.flatnonzero(masks[name][i].numpy())
            gain = covariance[:, seen] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
            at = gain @ (zeros[i].numpy()[seen - latent] - mean[seen])
            variance = (covariance - gain @ covariance[seen]).diagonal()
            for part, place in (("", slice(0, 2)), ("style_", own)):
                found = expert[f"{part}log_covariance"][i].exp()
                assert np.allclose(expert[f"{part}embedding"][i], at[place], rtol=0, atol=1e-12)
                assert np.allclose(found, variance[place], rtol=0, atol=1e-12)
        off = wrong.encoders[name](zeros, mask=masks[name])
        torch.testing.assert_close(off.log_covariance.exp(), 2.5 * expert.log_covariance.exp())
        steps = (off.embedding - expert.embedding) / (0.5 * expert.log_covariance).exp()
        torch.testing.assert_close(steps, steps[:1].expand(LENGTH, -1))
        assert 0 < float(steps.abs().max()) < 1.5
        whole = wrong.encoders[name](truth.sample(3)[0][name])
        told = wrong.encoders[name](
            truth.sample(3)[0][name], mask=torch.ones(3, DIMS[name], dtype=torch.bool)
        )
        for one, other in zip(whole.values(), told.values(), strict=True):
            torch.testing.assert_close(one, other)
