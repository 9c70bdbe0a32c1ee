"""Multilayer perceptrons: the default networks, for data of any shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from ..output import ModelOutput
from .base import BaseDecoder, BaseMultilatentEncoder, GaussianHeads, join_mask


class MLPEncoder(BaseMultilatentEncoder):
    """One hidden layer, then linear heads.

    Args:
        input_dim: shape of one sample.
        latent_dim: D.
        style_dim: D_m; 0 for no private space.
        hidden: width of the hidden layer.
        masked: whether it has a second input for each entry that tells whether it is missing.
    """

    def __init__(
        self,
        input_dim: Sequence[int],
        latent_dim: int,
        style_dim: int = 0,
        hidden: int = 512,
        masked: bool = False,
    ) -> None:
        super().__init__()
        self.sees_mask = masked
        self.features = nn.Sequential(nn.Linear((1 + masked) * math.prod(input_dim), hidden), nn.ReLU())
        self.heads = GaussianHeads(hidden, latent_dim, style_dim)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> ModelOutput:
        x = join_mask(x.reshape(x.shape[0], -1), mask, 1) if self.sees_mask else x
        return self.heads(self.features(x.reshape(x.shape[0], -1)))


class MLPDecoder(BaseDecoder):
    """One hidden layer; the output is linear, so it fits a mean as well as logits.

    Args:
        input_dim: shape of one sample.
        latent_dim: size of the latent input, D or D + D_m.
        hidden: width of the hidden layer.
    """

    def __init__(self, input_dim: Sequence[int], latent_dim: int, hidden: int = 512) -> None:
        super().__init__()
        self.input_dim = tuple(input_dim)
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, hidden), nn.ReLU(), nn.Linear(hidden, math.prod(input_dim))
        )

    @torch.no_grad()
    def start_at(self, reconstruction: Tensor) -> None:
        """Make ``reconstruction``, of one sample, what it answers but for the weights of z."""
        cast(nn.Linear, self.layers[-1]).bias.copy_(reconstruction.flatten())

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.layers(z).reshape(z.shape[0], *self.input_dim))
