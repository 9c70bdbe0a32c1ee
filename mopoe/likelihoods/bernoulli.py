"""Likelihoods of bits."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .base import Likelihood


class BernoulliLikelihood(Likelihood):
    """Bernoulli with ``recon`` as logits; targets are 0 or 1."""

    word = "bernoulli"
    accepts_integers = True
    zero_in_support = True

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return F.logsigmoid(recon) - (1 - target) * recon

    def mean(self, recon: Tensor) -> Tensor:
        return torch.sigmoid(recon)

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return torch.bernoulli(torch.sigmoid(recon), generator=generator)

    def check(self, target: Tensor) -> None:
        outside = (target != 0) & (target != 1)
        if bool(outside.any()):
            raise ValueError(
                f"expected targets 0 or 1 for a bernoulli likelihood, got {float(target[outside][0]):.4g}; "
                "binarise the data or choose 'normal' or 'laplace'"
            )
