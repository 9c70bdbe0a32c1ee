"""What training on subsets does to a model that begins at the truth, where every answer is exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import torch

from mopoe import MoPoE, Summary

from ...datasets import LinearGaussian, linear_gaussian
from ...datasets.base import Splits
from ...datasets.linear_gaussian.model import decoded_truth, linear_gaussian_model
from ...training import TrainConfig, fit
from ..families.names import FAMILIES
from .arrays import DecodedWorld, FamilyGap, UnseenViews
from .exact import least_gap


def world_data(truth: LinearGaussian, n_train: int, n_test: int, seed: int) -> Splits:
    """Samples of ``truth`` to train, choose and report on."""
    return linear_gaussian(model=truth, n_train=n_train, n_validation=1_000, n_test=n_test, seed=seed)


def train_from_truth(
    data: Splits, family: str, learn: Literal["encoders", "all"], config: TrainConfig
) -> MoPoE:
    """A linear model whose decoders begin at the truth, and its encoders at the posterior of their modality.

    It is trained twice, the second time with a tenth of the learning rate, to settle.

    Args:
        data: with its ``truth``.
        family: a key of :data:`workbench.topics.families.names.FAMILIES`.
        learn: ``"encoders"`` holds the decoders fixed at the truth; ``"all"`` lets them go.
        config: of the first training.
    """
    model = linear_gaussian_model(_truth(data), **FAMILIES[family].settings)
    (model.encoders if learn == "encoders" else model).requires_grad_(True)
    fit(model, data.train, data.validation, config)
    fit(model, data.train, data.validation, replace(config, learning_rate=config.learning_rate / 10))
    return model


def family_gap(model: MoPoE, data: Splits, seed: int, K: int = 16, repeats: int = 8) -> FamilyGap:
    """How far the bounds of a model with the true decoders stay below the exact ln p(x), on test data.

    Args:
        model: its decoders are the truth.
        data: with its ``truth``.
        seed: of the draws.
        K: draws of the importance-weighted bound.
        repeats: how many times they are taken.
    """
    truth = _truth(data)
    generator = torch.Generator(model.device).manual_seed(seed)
    bounds = model.estimate_bounds(data.test, K=K, repeats=repeats, generator=generator)
    evidence = truth.log_prob(data.test.data)
    return FamilyGap(
        generalised=Summary.mean_of(evidence - bounds.generalised.value),
        mixture=Summary.mean_of(evidence - bounds.mixture.value),
        importance_weighted=Summary.mean_of(evidence - bounds.importance_weighted.value),
        K=K,
        floor=mean_least_gap(truth, list(model.subsets.values())),
    )


@torch.no_grad()
def unseen_views(model: MoPoE, data: Splits, seed: int) -> UnseenViews:
    r"""What it costs to explain what a subset does not see, beside the least that it can cost.

    .. math:: E_{q_S}[-\ln p(x_{\setminus S}|z)] \ge H(X_{\setminus S} | Z) \ge H(X_{\setminus S} | X_S),

    first as no decoder beats the true conditional density, then as z is made of x_S and noise alone. The mean of the
    right side over the subsets is the generative discrepancy Δ of Daunhawer et al. 2022, here of densities.

    Args:
        model: any that fits the data, without private latents.
        data: with its ``truth``.
        seed: of the draws.
    """
    truth, test = _truth(data), data.test
    generator = torch.Generator(model.device).manual_seed(seed)
    measured, entropy = torch.zeros(len(test), dtype=torch.float64), 0.0
    for names in model.subsets.values():
        unseen = [name for name in model.modalities if name not in names]
        if unseen:
            z = model.encode(test, list(names), generator=generator)
            measured -= sum(model.log_likelihood(test, z, unseen).values())
            entropy -= float(truth.conditional_log_prob(test.data, unseen, list(names)).mean())
    n = len(model.subsets)
    return UnseenViews(measured=Summary.mean_of(measured / n), entropy=entropy / n)


def mean_least_gap(truth: LinearGaussian, subsets: Sequence[Sequence[str]]) -> float:
    """What the best of all encoders leaves of the generalised ELBO: the mean of the subsets' least gaps, in nats."""
    return sum(least_gap(truth, names) for names in subsets) / len(subsets)


def decoded_world(model: MoPoE, data: Splits) -> DecodedWorld:
    r"""What the decoders of a trained linear model generate where only one modality shows something.

    Where a share ω of the subsets holds modality m, the generalised ELBO of its private coordinate, with data of
    variance T, decoded by c w + σ ε and with the best of all encoders, is

    .. math:: -\tfrac12 \ln (c^2 + \sigma^2) - \tfrac{T}{2} \Big(\frac{\omega}{c^2 + \sigma^2}
              + \frac{1 - \omega}{\sigma^2}\Big) + \text{const}.

    Those that see it have the exact posterior; for the others the best is N(0, σ²/(c² + σ²)), the posterior's width
    around nothing. Its maximum is at :math:`c^2 + \sigma^2 = \max(\omega T, \sigma^2)`.

    Args:
        model: of :func:`train_from_truth`, in a world of ``shared_and_private``.
        data: with its ``truth``.
    """
    truth, first = _truth(data), model.modalities[0]
    learned = decoded_truth(model, truth.noise)
    share = sum(first in names for names in model.subsets.values()) / len(model.subsets)
    true = _private_variance(truth, first)
    return DecodedWorld(
        private_variance=[_private_variance(learned, name) for name in model.modalities],
        true_variance=true,
        seen_share=share,
        predicted_variance=kept_variance(true, share, truth.noise[first]),
        lost=Summary.mean_of(truth.log_prob(data.test.data) - learned.log_prob(data.test.data)),
    )


def kept_variance(true: float, seen_share: float, noise: float) -> float:
    """The variance max(ωT, σ²) that :func:`decoded_world` derives, for data of variance T."""
    return max(seen_share * true, noise**2)


def _private_variance(model: LinearGaussian, name: str) -> float:
    """Mean variance of all coordinates but the first, which is the shared one."""
    return float(model.marginal([name])[1].diagonal()[1:].mean())


def _truth(data: Splits) -> LinearGaussian:
    if not isinstance(data.truth, LinearGaussian):
        raise ValueError(f"data: expected samples of a linear-Gaussian truth, got {data.name} without")
    return data.truth
