"""Linear VAEs on a large and a small view: what they keep, and what rescaling makes them claim."""

from __future__ import annotations

import torch

from mopoe import MoPoE, Summary

from ...datasets import LinearGaussian
from ...datasets.base import Splits
from ...datasets.linear_gaussian.model import linear_gaussian_model
from ...training import TrainConfig, fit
from ...training.seeding import seeded
from .arrays import Certainty, LinearBalance
from .exact import tempered

_START = 0.3  # loadings at the start are a third as large as those of LinearGaussian.random


def train_linear(data: Splits, factor: float, latent_dim: int, config: TrainConfig) -> MoPoE:
    """A linear model of the product of both views alone, with the noise of the truth, from random loadings.

    The small view is weighed by ``factor``.
    """
    truth: LinearGaussian = data.truth
    dims = {name: len(offset) for name, offset in truth.offsets.items()}
    random = LinearGaussian.random(dims, latent_dim, seed=config.seed)
    start = LinearGaussian(
        {name: _START * loading for name, loading in random.loadings.items()}, truth.offsets, truth.noise
    )
    model = linear_gaussian_model(
        start,
        subsets="poe",
        prior_expert="none",
        uses_likelihood_rescaling=True,
        rescale_factors={"large": 1.0, "small": factor},
    )
    model.requires_grad_(True)
    fit(model, data.train, data.validation, config)
    return model.requires_grad_(False)


def linear_balance(model: MoPoE, data: Splits, seed: int) -> LinearBalance:
    """What a model of :func:`train_linear` reconstructs, and its objective beside the exact evidence.

    Args:
        model: trained.
        data: with its ``truth``.
        seed: of the draw behind the objective.
    """
    truth: LinearGaussian = data.truth
    test = data.test
    means = model.predict(test, return_mean=True)
    explained = {
        name: 1 - float((test.data[name] - means[name]).square().sum() / test.data[name].square().sum())
        for name in model.modalities
    }
    with seeded(seed, model.device), torch.no_grad():
        loss = float(model(test).loss)
    return LinearBalance(
        factor=model.rescale_factors["small"],
        latent_dim=model.latent_dim,
        explained=explained,
        objective=-loss,
        evidence=float(truth.log_prob(test.data).mean()),
    )


def certainty(truth: LinearGaussian, factor: float, n: int, seed: int) -> Certainty:
    """What the best encoder under rescaling claims to know of the small view's factor, on ``n`` samples.

    Args:
        truth: of :func:`~workbench.topics.rescaling.world.large_and_small`.
        factor: r of the small view.
        n: samples.
        seed: of the samples.
    """
    data, z, _ = truth.sample(n, seed)
    mean, covariance = tempered(truth, {"large": 1.0, "small": factor}).posterior(data)
    width = float(covariance[-1, -1].sqrt())
    inside = ((z[:, -1] - mean[:, -1]).abs() < 1.96 * width).double()
    return Certainty(
        factor=factor,
        width=width,
        true_width=float(truth.posterior(data)[1][-1, -1].sqrt()),
        coverage=Summary.mean_of(inside, unit=""),
    )
