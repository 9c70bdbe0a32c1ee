"""What a network must promise to be an encoder or a decoder."""

from __future__ import annotations

from torch import Tensor, nn

from ..output import ModelOutput


class BaseEncoder(nn.Module):
    """Base of encoders: ``forward(x)`` returns ``embedding`` and ``log_covariance``, each (B, D)."""

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
