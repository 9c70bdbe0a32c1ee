"""MultiVae's default networks, layer by layer and name by name, so that the weights it saved fit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor, nn

from ..output import ModelOutput
from .base import BaseDecoder, BaseMultilatentEncoder, join_mask

WIDTH = 512


class MultiVaeMLPEncoder(BaseMultilatentEncoder):
    """Two hidden layers, or one with a private space, then linear heads.

    Args:
        input_dim: shape of one sample.
        latent_dim: D.
        style_dim: D_m; 0 for no private space.
        masked: whether it has a second input for each entry that tells whether it is missing.
    """

    def __init__(
        self, input_dim: Sequence[int], latent_dim: int, style_dim: int = 0, masked: bool = False
    ) -> None:
        super().__init__()
        self.sees_mask = masked
        hidden = [_hidden((1 + masked) * math.prod(input_dim))]
        self.layers = nn.Sequential(*hidden if style_dim else [*hidden, _hidden(WIDTH)])
        self.embedding = nn.Linear(WIDTH, latent_dim)
        self.log_var = nn.Linear(WIDTH, latent_dim)
        if style_dim:
            self.style_embedding = nn.Linear(WIDTH, style_dim)
            self.style_log_var = nn.Linear(WIDTH, style_dim)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> ModelOutput:
        x = x.reshape(x.shape[0], -1)
        features = self.layers(join_mask(x, mask, 1) if self.sees_mask else x)
        heads = {name: head(features) for name, head in self.named_children() if name != "layers"}
        return ModelOutput({name.replace("log_var", "log_covariance"): out for name, out in heads.items()})


class MultiVaeMLPDecoder(BaseDecoder):
    """One hidden layer, and a sigmoid over the output: means within [0, 1], and logits as well.

    Args:
        input_dim: shape of one sample.
        latent_dim: size of the latent input, D or D + D_m.
    """

    def __init__(self, input_dim: Sequence[int], latent_dim: int) -> None:
        super().__init__()
        self.input_dim = tuple(input_dim)
        self.layers = nn.Sequential(
            _hidden(latent_dim), nn.Sequential(nn.Linear(WIDTH, math.prod(input_dim)), nn.Sigmoid())
        )

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.layers(z).reshape(z.shape[0], *self.input_dim))


def _hidden(size: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(size, WIDTH), nn.ReLU())
