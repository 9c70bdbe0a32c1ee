"""What a network must promise to be an encoder or a decoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..output import ModelOutput


class BaseEncoder(nn.Module):
    """Base of encoders: ``forward(x)`` returns ``embedding`` and ``log_covariance``, each (B, D).

    One whose ``forward`` has ``mask`` in its signature is told there which entries of x were observed, (B, \\*dims)
    boolean, where single ones are missing; x is zero there.

    Attributes:
        sees_mask: whether it makes anything of ``mask``.
        takes_integers: whether ids reach it as they are, not as real numbers.
    """

    sees_mask: bool = True
    takes_integers: bool = False

    def forward(self, x: Tensor) -> ModelOutput:
        raise NotImplementedError


class BaseMultilatentEncoder(BaseEncoder):
    """Base of encoders with a private space: also ``style_embedding`` and ``style_log_covariance``, (B, D_m)."""


class BaseDecoder(nn.Module):
    """Base of decoders: ``forward(z)`` maps (B, D) or (B, D + D_m) to ``reconstruction``, (B, \\*dims).

    ``latents_at_once``: how many a processor decodes fastest at a time, where no gradient is wanted and there are
    many; ``None`` for all of them. It pays where what lies between input and output is large, as in convolutions.
    """

    latents_at_once: int | None = None

    def forward(self, z: Tensor) -> ModelOutput:
        raise NotImplementedError


class GaussianHeads(nn.Module):
    """Linear heads from features to the means and log-variances of the shared and the private latents.

    Args:
        n_features: size of the features.
        latent_dim: D.
        style_dim: D_m; 0 for no private space.
    """

    def __init__(self, n_features: int, latent_dim: int, style_dim: int = 0) -> None:
        super().__init__()
        self.embedding = nn.Linear(n_features, latent_dim)
        self.log_covariance = nn.Linear(n_features, latent_dim)
        if style_dim:
            self.style_embedding = nn.Linear(n_features, style_dim)
            self.style_log_covariance = nn.Linear(n_features, style_dim)

    def forward(self, features: Tensor) -> ModelOutput:
        return ModelOutput({name: head(features) for name, head in self.named_children()})


def join_mask(x: Tensor, mask: Tensor | None, axis: int) -> Tensor:
    """``x`` with a second half on ``axis`` that is 1 where an entry is missing, 0 where it was observed."""
    missing = torch.zeros_like(x) if mask is None else (~mask).reshape(x.shape).to(x.dtype)
    return torch.cat([x, missing], axis)
