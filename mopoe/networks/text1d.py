"""A one-dimensional convolutional network for one-hot text."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ..output import ModelOutput
from .base import BaseDecoder, BaseMultilatentEncoder, GaussianHeads, join_mask


class Text1dEncoder(BaseMultilatentEncoder):
    """Embeds each character, convolves, and reads the halved sequence at once.

    With 8 characters these are the text networks of Sutter et al. 2021 on MNIST–SVHN–Text.

    Args:
        input_dim: (L, A), L characters one-hot over an alphabet of A; L ≥ 2.
        latent_dim: D.
        style_dim: D_m; 0 for no private space.
        width: number of features.
        masked: whether it has a second input for each number that tells whether it is missing.

    Raises:
        ValueError: data of another shape.
    """

    def __init__(
        self,
        input_dim: Sequence[int],
        latent_dim: int,
        style_dim: int = 0,
        width: int = 128,
        masked: bool = False,
    ) -> None:
        super().__init__()
        self.sees_mask = masked
        length, alphabet = _text_shape(input_dim)
        self.features = nn.Sequential(
            nn.Conv1d((1 + masked) * alphabet, width, 1),
            nn.ReLU(),
            nn.Conv1d(width, width, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(width * (length // 2), width),
            nn.ReLU(),
        )
        self.heads = GaussianHeads(width, latent_dim, style_dim)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> ModelOutput:
        x = join_mask(x, mask, 2) if self.sees_mask else x
        return self.heads(self.features(x.transpose(-2, -1)))


class Text1dDecoder(BaseDecoder):
    """The mirror image; the output holds logits over the alphabet on the last axis.

    Args:
        input_dim: (L, A).
        latent_dim: size of the latent input, D or D + D_m.
        width: as in the encoder.

    Raises:
        ValueError: data of another shape.
    """

    def __init__(self, input_dim: Sequence[int], latent_dim: int, width: int = 128) -> None:
        super().__init__()
        self.length, alphabet = _text_shape(input_dim)
        half = (self.length + 1) // 2
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, width * half),
            nn.ReLU(),
            nn.Unflatten(1, (width, half)),
            nn.ConvTranspose1d(width, width, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv1d(width, alphabet, 1),
        )

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.layers(z)[..., : self.length].transpose(-2, -1))


def _text_shape(input_dim: Sequence[int]) -> tuple[int, int]:
    if len(input_dim) != 2 or input_dim[0] < 2:
        raise ValueError(f"text1d: expected one-hot text of shape (L, A) with L >= 2, got {tuple(input_dim)}")
    return input_dim[0], input_dim[1]
