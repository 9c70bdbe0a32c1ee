"""Densities in original numbers, by independent formulas."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig, MultimodalBaseDataset
from mopoe.likelihoods import make_likelihood
from workbench.datasets import fit_scaler


def test_densities_in_original_numbers_on_an_exact_gaussian() -> None:
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(3, 3)) * np.array([[500.0], [0.05], [3.0]])
    mean, cov = np.array([5e3, -2.0, 0.1]), mixing @ mixing.T
    x = rng.multivariate_normal(mean, cov, size=50)
    seen = rng.random((50, 3)) < 0.7
    seen[~seen.any(1), 0] = True
    dataset = IncompleteDataset({"x": torch.from_numpy(x)}, {"x": torch.from_numpy(seen)})
    scaler = fit_scaler(dataset, {"x": "standardise"})
    learned = scaler.to_dict()["steps"]["x"][0]["standardise"]
    scaled, sd = scaler.transform(dataset).data["x"].numpy(), np.array(learned["sd"])
    scaled_mean, scaled_cov = (mean - np.array(learned["mean"])) / sd, cov / np.outer(sd, sd)
    for row, jacobian in enumerate(scaler.log_jacobian(dataset)["x"].tolist()):
        k = seen[row]
        exact = stats.multivariate_normal(mean[k], cov[np.ix_(k, k)]).logpdf(x[row, k])
        ours = stats.multivariate_normal(scaled_mean[k], scaled_cov[np.ix_(k, k)]).logpdf(scaled[row, k])
        assert ours + jacobian == pytest.approx(exact, abs=1e-8)


def test_densities_in_original_numbers_of_what_was_logged() -> None:
    # ln(1 + x) normal is a shifted lognormal.
    x = np.random.default_rng(1).lognormal(3, 2, size=(20, 2))
    dataset = MultimodalBaseDataset({"x": torch.from_numpy(x)})
    scaler = fit_scaler(dataset, {"x": ["log1p", "standardise"]})
    ours = stats.norm.logpdf(scaler.transform(dataset).data["x"].numpy()).sum(1)
    constants = scaler.to_dict()["steps"]["x"][1]["standardise"]
    exact = stats.lognorm(s=constants["sd"], loc=-1, scale=np.exp(constants["mean"])).logpdf(x).sum(1)
    assert np.allclose(ours + scaler.log_jacobian(dataset)["x"].numpy(), exact, atol=1e-10)


def test_a_likelihood_in_original_numbers() -> None:
    x = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 300 + 20
    dataset = MultimodalBaseDataset({"x": x})
    scaler = fit_scaler(dataset, {"x": "standardise"}, per={"x": "modality"})
    sd = scaler.to_dict()["steps"]["x"][0]["standardise"]["sd"][0]
    recon = torch.zeros(6, 4, dtype=torch.float64)
    ours = make_likelihood("normal", None, "x").total(recon, scaler.transform(dataset).data["x"])
    original = make_likelihood("normal", {"scale": sd}, "x")
    exact = original.total(scaler.inverse_transform({"x": recon})["x"], x)
    assert torch.allclose(ours + scaler.log_jacobian(dataset)["x"], exact)


def test_a_model_of_scaled_data_predicts_and_is_compared_in_original_numbers() -> None:
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(60, 4, generator=generator)
    table = 5000 * image[:, :2] + 300 * torch.randn(60, 2, generator=generator) + 20_000
    train = MultimodalBaseDataset({"image": image, "table": table})
    scaler = fit_scaler(train, {"table": "standardise"})
    scaled = scaler.transform(train)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = MoPoE(MoPoEConfig(2, latent_dim=2, input_dims=train.input_dims))
    imagined = scaler.inverse_transform(model.predict(scaled, "image", "table"))["table"]
    assert imagined.shape == table.shape
    assert ((imagined - table.mean(0)).abs() < 10 * table.std(0)).all()
    # An untrained model's log-density is the same, whether its numbers are scaled or its likelihood's are.
    z = torch.randn(60, 2, generator=generator)
    original = model.log_likelihood(scaled, z, "table")["table"] + scaler.log_jacobian(train)["table"]
    recon = scaler.inverse_transform(model.decode(z, "table"))["table"].double().detach()
    sd = torch.tensor(scaler.to_dict()["steps"]["table"][0]["standardise"]["sd"], dtype=torch.float64)
    exact = stats.norm(recon.numpy(), sd.numpy()).logpdf(table.double().numpy()).sum(1)
    assert np.allclose(original.detach().numpy(), exact, atol=1e-3)
