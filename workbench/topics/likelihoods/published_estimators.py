"""How two published estimators of −ln p(x) go wrong, beside the right one, on a model with an exact answer.

They are rebuilt here from what the released code computes, for lessons. Nobody should use them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.distributions import Independent, Normal

from mopoe import MoPoE

from ...datasets import LinearGaussian
from .arrays import EstimatorErrors, ValuesByPlace

RIGHT = "mixture, right"
WRONG_AXIS = "reduced over the wrong axis"
ONE_COMPONENT = "one component an image"

Estimator = Callable[[Mapping[str, Tensor], int], Tensor]


def reduced_over_the_wrong_axis(
    model: MoPoE, data: Mapping[str, Tensor], K: int, generator: torch.Generator
) -> Tensor:
    """−ln of means of weights as in the authors' released code, (B,) in nats.

    The (K, B) weights of the full product lie one draw after the other, and are read as if they lay one image
    after the other: each mean runs over weights of different images.
    """
    found = model.estimate_nll(data, K=K, proposal="product", generator=generator)
    [log_weights] = found.log_weights.values()
    rows = log_weights.flatten().reshape(log_weights.shape[1], K)
    return math.log(K) - torch.logsumexp(rows, 1)


@torch.no_grad()
def one_component_an_image(
    model: MoPoE, truth: LinearGaussian, data: Mapping[str, Tensor], K: int, generator: torch.Generator
) -> Tensor:
    """−ln p(x) as in MultiVae 1.0.3, (B,) in nats.

    All K draws of an image come from one component, chosen by the image's place in the batch; the density that
    they are divided by is that of the whole mixture.
    """
    found = model.inference(data)
    S, B = found["weights"].shape
    images = torch.arange(B)
    component = (images // (B // S)).clamp(max=S - 1) if B >= S else torch.full((B,), S - 1)
    mean, logvar = found["mus"][component, images], found["logvars"][component, images]
    noise = torch.randn(K, *mean.shape, dtype=mean.dtype, generator=generator)
    z = mean + torch.exp(0.5 * logvar) * noise
    prior = Independent(Normal(torch.zeros_like(mean), 1.0), 1)
    log_weights = truth.log_likelihood(data, z) + prior.log_prob(z) - model.joint_posterior(data).log_prob(z)
    return math.log(K) - torch.logsumexp(log_weights, 0)


def compare_estimators(
    model: MoPoE,
    truth: LinearGaussian,
    data: Mapping[str, Tensor],
    draws: Sequence[int] = (10, 30, 100, 300, 1000),
    repeats: int = 20,
    seed: int = 0,
) -> EstimatorErrors:
    """Errors of the batch's mean NLL, for each number of draws and again and again.

    Args:
        model: of one latent space, with the decoders of ``truth``.
        truth: gives the exact answer.
        data: a batch.
        draws: numbers of draws, K.
        repeats: of each.
        seed: of the draws.
    """
    exact = -truth.log_prob(data).mean()
    errors = {
        name: torch.stack(
            [torch.stack([estimate(data, K).mean() - exact for _ in range(repeats)]) for K in draws]
        )
        for name, estimate in _estimators(model, truth, seed).items()
    }
    return EstimatorErrors(list(draws), {name: error.numpy() for name, error in errors.items()}, float(exact))


def place_in_the_batch(
    model: MoPoE, truth: LinearGaussian, data: Mapping[str, Tensor], K: int = 1000, seed: int = 0
) -> ValuesByPlace:
    """NLL of the first image of a batch at every place in it, with the other images moved along."""
    n = len(next(iter(data.values())))
    orders = [torch.arange(n).roll(place) for place in range(n)]
    values = {
        name: torch.stack(
            [estimate({m: x[order] for m, x in data.items()}, K)[place] for place, order in enumerate(orders)]
        ).numpy()
        for name, estimate in _estimators(model, truth, seed).items()
    }
    return ValuesByPlace(values, float(-truth.log_prob(data)[0]))


def _estimators(model: MoPoE, truth: LinearGaussian, seed: int) -> dict[str, Estimator]:
    generator = torch.Generator().manual_seed(seed)
    return {
        RIGHT: lambda data, K: model.estimate_nll(data, K=K, generator=generator).nll,
        ONE_COMPONENT: lambda data, K: one_component_an_image(model, truth, data, K, generator),
        WRONG_AXIS: lambda data, K: reduced_over_the_wrong_axis(model, data, K, generator),
    }
