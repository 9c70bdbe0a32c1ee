"""Encoders and decoders: the default ones, and others by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from .base import BaseDecoder, BaseEncoder, BaseMultilatentEncoder
from .conv28 import Conv28Decoder, Conv28Encoder
from .conv32 import Conv32Decoder, Conv32Encoder
from .mlp import MLPDecoder, MLPEncoder
from .text1d import Text1dDecoder, Text1dEncoder

_PAIRS: dict[str, tuple[Callable[..., BaseEncoder], Callable[..., BaseDecoder]]] = {
    "mlp": (MLPEncoder, MLPDecoder),
    "mlp256": (partial(MLPEncoder, hidden=256), partial(MLPDecoder, hidden=256)),
    "conv28": (Conv28Encoder, Conv28Decoder),
    "conv28_half": (partial(Conv28Encoder, width=16), partial(Conv28Decoder, width=16)),
    "conv32": (Conv32Encoder, Conv32Decoder),
    "text1d": (Text1dEncoder, Text1dDecoder),
}
NETWORKS = tuple(_PAIRS)


def make_encoder(name: str, input_dim: Sequence[int], latent_dim: int, style_dim: int = 0) -> BaseEncoder:
    """The encoder called ``name`` (one of ``NETWORKS``) for samples of shape ``input_dim``."""
    return _pair(name)[0](input_dim, latent_dim, style_dim)


def make_decoder(name: str, input_dim: Sequence[int], latent_dim: int, style_dim: int = 0) -> BaseDecoder:
    """The decoder called ``name`` (one of ``NETWORKS``) for samples of shape ``input_dim``."""
    return _pair(name)[1](input_dim, latent_dim + style_dim)


def _pair(name: str) -> tuple[Callable[..., BaseEncoder], Callable[..., BaseDecoder]]:
    if name not in _PAIRS:
        raise ValueError(f"networks: expected one of {', '.join(NETWORKS)}, got {name!r}")
    return _PAIRS[name]


__all__ = [
    "NETWORKS",
    "BaseDecoder",
    "BaseEncoder",
    "BaseMultilatentEncoder",
    "Conv28Decoder",
    "Conv28Encoder",
    "Conv32Decoder",
    "Conv32Encoder",
    "MLPDecoder",
    "MLPEncoder",
    "Text1dDecoder",
    "Text1dEncoder",
    "make_decoder",
    "make_encoder",
]
