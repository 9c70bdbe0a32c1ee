"""The measuring sticks of the regression notebooks, against torch.distributions and brute force."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from mopoe import MoPoE
from workbench.datasets import LinearGaussian, MultimodalDataset, hide_modalities, linear_gaussian
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.topics.regression.exact_answers import (
    component_surprise,
    divergence_error,
    effect_of_what_is_hidden,
    likelihood_error,
    objective_errors,
    observed_log_prob,
    subset_gaps,
)
from workbench.topics.regression.training_answers import largest_difference, reloaded, validation_loss
from workbench.training import TrainConfig, fit
from workbench.training.build import build_model


@pytest.fixture(scope="module")
def known() -> tuple[LinearGaussian, MultimodalDataset, MoPoE]:
    data = linear_gaussian(3, 4, 2, noise=0.7, n_train=1, n_validation=1, n_test=40, seed=3)
    assert data.truth is not None
    return data.truth, data.test, linear_gaussian_model(data.truth, widening=1.5, shift=0.3, beta=1.7)


def test_a_gap_is_the_divergence_from_the_exact_posterior(known) -> None:
    truth, data, model = known
    mean, covariance = truth.posterior(data.data)
    for name, gap in subset_gaps(model, truth, data).items():
        q = model.posterior(data, name.split("_")).base_dist
        product = MultivariateNormal(q.loc, q.scale.square().diag_embed())
        expected = kl_divergence(product, MultivariateNormal(mean, covariance.expand(40, -1, -1))).mean()
        assert gap == pytest.approx(float(expected), rel=1e-9)


def test_a_right_model_has_no_errors(known) -> None:
    truth, data, model = known
    errors = objective_errors(model, truth, data, repeats=300, seed=1)
    assert abs(errors.mean()) < 5 * errors.std(ddof=1) / 300**0.5
    assert abs(divergence_error(model, data)) < 1e-12
    assert likelihood_error(model, truth, data) < 1e-12
    assert effect_of_what_is_hidden(model, hide_modalities(data, 0.4), seed=2) == 0


def test_a_wrong_scale_and_a_wrong_weight_are_seen(known) -> None:
    truth, data, model = known
    other = LinearGaussian(
        truth.loadings, truth.offsets, {name: 1.1 * noise for name, noise in truth.noise.items()}
    )
    assert likelihood_error(model, other, data) > 0.1
    errors = objective_errors(model, other, data, repeats=100, seed=1)
    assert abs(errors.mean()) > 5 * errors.std(ddof=1) / 100**0.5


def test_the_density_of_what_is_shown_is_that_of_each_sample_alone(known) -> None:
    truth, data, _ = known
    hidden = hide_modalities(data, 0.5, seed=1)
    assert hasattr(hidden, "masks")
    together = observed_log_prob(truth, hidden)
    for i in range(len(data)):
        names = [name for name in truth.modalities if bool(hidden.masks[name][i])]
        alone = truth.log_prob({name: data.data[name][i : i + 1] for name in names}, names)
        assert float(together[i]) == pytest.approx(float(alone), rel=1e-12)
    assert torch.equal(observed_log_prob(truth, data), truth.log_prob(data.data))


class ByPlace:
    """Chooses by the place in the batch, as one should not."""

    def random_mixture_component_selection(
        self, mus: Tensor, logvars: Tensor, weights: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        place = torch.arange(mus.shape[1])
        chosen = mus[place % len(mus), place]
        return chosen, chosen


def test_components_by_place_are_a_surprise_and_by_chance_are_none(known) -> None:
    _, _, model = known
    weights = [1 / 7] * 7
    surprise = component_surprise(model, weights, batch=32, calls=300, seed=0)
    assert surprise.shape == (32,)
    assert abs(surprise.mean() - 1) < 5 * (2 / (32 * 6)) ** 0.5  # χ² with 6 degrees of freedom, 32 of them
    assert np.all(component_surprise(ByPlace(), weights, batch=32, calls=300, seed=0) > 100)  # type: ignore[arg-type]


def test_the_loss_of_an_epoch_is_found_again_and_a_file_changes_nothing() -> None:
    data = linear_gaussian(2, 3, 2, n_train=100, n_validation=50, n_test=1, seed=1)
    model = build_model(data, networks="mlp", latent_dim=2, seed=0)
    settings = TrainConfig(epochs=3, batch_size=20, seed=4, device="cpu", progress=False)
    result = fit(model, data.train, data.validation, settings)
    assert validation_loss(model, data.validation, settings) == pytest.approx(result.best_loss, rel=1e-6)
    again = reloaded(model)
    assert largest_difference(model, again) == 0
    with torch.no_grad():
        next(again.parameters()).add_(0.25)
    assert largest_difference(model, again) == pytest.approx(0.25)
