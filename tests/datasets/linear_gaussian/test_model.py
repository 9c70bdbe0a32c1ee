"""The model whose likelihood is known: its decoders are the truth's, its encoders as wrong as asked for."""

from __future__ import annotations

import importlib

import pytest
import torch

import workbench.datasets
from workbench.datasets.linear_gaussian import LinearGaussian, linear_gaussian_model

DIMS = {"a": 2, "b": 3}


def make(private: bool) -> LinearGaussian:
    return LinearGaussian.random(
        DIMS, 2, noise=0.7, private_dims=dict.fromkeys(DIMS, 1) if private else None, seed=4
    )


@pytest.mark.parametrize("private", [False, True])
def test_encoders_are_the_posteriors_of_their_modality(private: bool) -> None:
    truth = make(private)
    data, _, _ = truth.sample(5, seed=1)
    experts = linear_gaussian_model(truth).modality_encode(data)
    for name, expert in experts.items():
        mean, covariance = truth.posterior(data, [name])
        torch.testing.assert_close(expert.embedding, mean)
        torch.testing.assert_close(expert.log_covariance.exp(), covariance.diagonal().expand(5, 2))
    if private:
        # The private latent of "a", as the shared one of a model in which the two change places.
        swapped = LinearGaussian(
            {"a": truth.private_loadings["a"]},
            {"a": truth.offsets["a"]},
            {"a": 0.7},
            {"a": truth.loadings["a"]},
        )
        mean, covariance = swapped.posterior(data)
        torch.testing.assert_close(experts["a"].style_embedding, mean)
        torch.testing.assert_close(experts["a"].style_log_covariance.exp(), covariance.expand(5, 1))


def test_they_are_as_wrong_as_asked_for() -> None:
    truth = make(private=True)
    data, _, _ = truth.sample(5, seed=1)
    right = linear_gaussian_model(truth).modality_encode(data)
    wrong = linear_gaussian_model(truth, widening=2.5, shift=0.3, seed=1).modality_encode(data)
    other = linear_gaussian_model(truth, widening=2.5, shift=0.3, seed=2).modality_encode(data)
    for name in DIMS:
        for part in ("log_covariance", "style_log_covariance"):
            torch.testing.assert_close(wrong[name][part].exp(), 2.5 * right[name][part].exp())
        shift = wrong[name].embedding - right[name].embedding
        torch.testing.assert_close(shift, shift[:1].expand(5, -1))
        assert 0 < float(shift.abs().max()) < 1.5
        assert not torch.allclose(other[name].embedding, wrong[name].embedding)


@pytest.mark.parametrize("private", [False, True])
def test_decoders_and_likelihoods_are_those_of_the_truth(private: bool) -> None:
    truth = make(private)
    data, z, w = truth.sample(4, seed=1)
    model = linear_gaussian_model(truth, subsets="moe")
    assert len(model.subsets) == 2
    decoded = model.decode({"z": z, "modalities_z": w} if private else z)
    total = sum(torch.distributions.Normal(decoded[m], 0.7).log_prob(data[m]).sum(1) for m in DIMS)
    torch.testing.assert_close(total.detach(), truth.log_likelihood(data, z, w))
    assert str(model.likelihoods["a"]) == "normal, scale 0.7"


def test_the_function_and_the_package_of_one_name_are_both_there() -> None:
    package = importlib.import_module("workbench.datasets.linear_gaussian")
    model = importlib.import_module("workbench.datasets.linear_gaussian.model")
    assert workbench.datasets.linear_gaussian is package.linear_gaussian
    assert package.linear_gaussian_model is model.linear_gaussian_model
    assert package.LinearGaussian is workbench.datasets.LinearGaussian
