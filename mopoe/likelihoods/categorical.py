"""Categories, one-hot."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .base import Likelihood


class CategoricalLikelihood(Likelihood):
    """Categorical with ``recon`` as logits on the last axis; targets are one-hot there."""

    word = "categorical"
    event_axes = 1
    accepts_integers = True

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return (target * torch.log_softmax(recon, -1)).sum(-1)

    def mean(self, recon: Tensor) -> Tensor:
        return torch.softmax(recon, -1)

    def point(self, recon: Tensor) -> Tensor:
        return F.one_hot(recon.argmax(-1), recon.shape[-1]).to(recon.dtype)

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return F.one_hot(draw_categories(recon, generator), recon.shape[-1]).to(recon.dtype)

    def check(self, target: Tensor) -> None:
        one_hot = ((target == 0) | (target == 1)).all() & (target.sum(-1) == 1).all()
        if not bool(one_hot):
            raise ValueError(
                "expected one-hot targets on the last axis for a categorical likelihood, "
                f"got values from {float(target.min()):.4g} to {float(target.max()):.4g} "
                f"with sums from {float(target.sum(-1).min()):.4g} to {float(target.sum(-1).max()):.4g}"
            )


def draw_categories(logits: Tensor, generator: torch.Generator | None) -> Tensor:
    """Ids drawn from softmax of ``logits`` on the last axis: (\\*, V) → (\\*)."""
    # The greatest of logits plus Gumbel noise: no pass over cumulated probabilities, and none that underflow.
    noise = torch.empty_like(logits).exponential_(generator=generator).log()
    return (logits - noise).argmax(-1)
