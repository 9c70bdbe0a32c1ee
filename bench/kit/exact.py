"""The linear-Gaussian model by whose exact answers estimates are judged."""

from __future__ import annotations

from torch import Tensor

from mopoe import MoPoE
from workbench.datasets.linear_gaussian import LinearGaussian, linear_gaussian_model

DIMS = {"a": 2, "b": 3, "c": 2, "d": 1, "e": 3}
LATENT_DIM, NOISE, WIDENING, SHIFT = 2, 0.8, 1.5, 0.3


def exact_model(samples: int) -> tuple[MoPoE, dict[str, Tensor], Tensor]:
    """A MoPoE with exact decoders and encoders a little off, samples, and −ln p(x) of each."""
    truth = LinearGaussian.random(DIMS, LATENT_DIM, NOISE, seed=5)
    data = truth.sample(samples, seed=1)[0]
    return linear_gaussian_model(truth, widening=WIDENING, shift=SHIFT), data, -truth.log_prob(data)
