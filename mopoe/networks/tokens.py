"""Class ids and tokens as what an encoder reads and a decoder gives logits of."""

from __future__ import annotations

from torch import Tensor, nn

from ..output import ModelOutput
from .base import BaseDecoder, BaseEncoder, BaseMultilatentEncoder

#: Size of the vector that stands for an id, unless there are fewer ids.
EMBEDDING = 64


class TokenEncoder(BaseMultilatentEncoder):
    """A learned vector for each id, then another encoder; where an id is missing its vector is zero.

    Args:
        n_classes: number V of ids, 0 … V − 1.
        encoder: for data of shape (\\*dims, E), E = :func:`embedding_size` of V.
    """

    takes_integers = True

    def __init__(self, n_classes: int, encoder: BaseEncoder) -> None:
        super().__init__()
        self.vectors = nn.Embedding(n_classes, embedding_size(n_classes))
        self.encoder = encoder

    def forward(self, x: Tensor, mask: Tensor | None = None) -> ModelOutput:
        vectors = self.vectors(x.long())
        return self.encoder(vectors if mask is None else vectors.where(mask[..., None], 0))


class TokenDecoder(BaseDecoder):
    """Another decoder, then one linear map from each of its vectors to the logits of all ids.

    So the number of weights grows with V alone, not with V times the number of entries.

    Args:
        n_classes: number V of ids.
        decoder: of data of shape (\\*dims, E), E = :func:`embedding_size` of V.
    """

    def __init__(self, n_classes: int, decoder: BaseDecoder) -> None:
        super().__init__()
        self.decoder = decoder
        self.latents_at_once = decoder.latents_at_once
        self.logits = nn.Linear(embedding_size(n_classes), n_classes)

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.logits(self.decoder(z).reconstruction))


def embedding_size(n_classes: int) -> int:
    """E: how many numbers stand for one of ``n_classes`` ids."""
    return min(n_classes, EMBEDDING)
