"""Encoders and decoders: the default ones, and others by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ..likelihoods import Likelihood
from .base import BaseDecoder, BaseEncoder, BaseMultilatentEncoder
from .conv import ConvDecoder, ConvEncoder
from .mlp import MLPDecoder, MLPEncoder
from .multivae_mlp import MultiVaeMLPDecoder, MultiVaeMLPEncoder
from .text1d import Text1dDecoder, Text1dEncoder
from .tokens import TokenDecoder, TokenEncoder, embedding_size

Pair = tuple[Callable[..., BaseEncoder], Callable[..., BaseDecoder]]


def _pair_of(encoder: type[BaseEncoder], decoder: type[BaseDecoder], **settings: int) -> Pair:
    return partial(encoder, **settings), partial(decoder, **settings)


_PAIRS: dict[str, Pair] = {
    "mlp": _pair_of(MLPEncoder, MLPDecoder),
    "mlp256": _pair_of(MLPEncoder, MLPDecoder, hidden=256),
    "conv28": _pair_of(ConvEncoder, ConvDecoder, side=28),
    "conv28_half": _pair_of(ConvEncoder, ConvDecoder, side=28, width=16),
    "conv32": _pair_of(ConvEncoder, ConvDecoder, side=32),
    "text1d": _pair_of(Text1dEncoder, Text1dDecoder),
    "multivae_mlp": _pair_of(MultiVaeMLPEncoder, MultiVaeMLPDecoder),
}
#: Names that ``MoPoE(config, encoders=..., decoders=...)`` takes.
NETWORKS = tuple(_PAIRS)


def make_encoder(
    name: str,
    input_dim: Sequence[int],
    latent_dim: int,
    style_dim: int = 0,
    likelihood: Likelihood | None = None,
    masked: bool = False,
) -> BaseEncoder:
    """The encoder called ``name`` (one of ``NETWORKS``).

    Args:
        name: which.
        input_dim: shape of one sample.
        latent_dim: D.
        style_dim: D_m; 0 for no private space.
        likelihood: tells what the encoder is given of the data; the data themselves without one.
        masked: whether it is to be told which entries are missing.
    """
    encoder = partial(_pair(name)[0], latent_dim=latent_dim, style_dim=style_dim)
    if likelihood is None:
        return encoder(input_dim, masked=masked)
    if likelihood.n_ids:
        vectors = (*input_dim, embedding_size(likelihood.n_ids))
        return TokenEncoder(likelihood.n_ids, encoder(vectors))
    return encoder(likelihood.feature_dims(input_dim), masked=masked)


def make_decoder(
    name: str,
    input_dim: Sequence[int],
    latent_dim: int,
    style_dim: int = 0,
    likelihood: Likelihood | None = None,
) -> BaseDecoder:
    """The decoder called ``name`` for samples of shape ``input_dim``: it returns what the likelihood asks for."""
    decoder = partial(_pair(name)[1], latent_dim=latent_dim + style_dim)
    if likelihood is None:
        return decoder(input_dim)
    if likelihood.n_ids:
        vectors = (*input_dim, embedding_size(likelihood.n_ids))
        return TokenDecoder(likelihood.n_ids, decoder(vectors))
    return decoder(likelihood.recon_dims(input_dim))


def _pair(name: str) -> Pair:
    if name not in _PAIRS:
        raise ValueError(f"networks: expected one of {', '.join(NETWORKS)}, got {name!r}")
    return _PAIRS[name]


__all__ = [
    "NETWORKS",
    "BaseDecoder",
    "BaseEncoder",
    "BaseMultilatentEncoder",
    "ConvDecoder",
    "ConvEncoder",
    "MLPDecoder",
    "MLPEncoder",
    "MultiVaeMLPDecoder",
    "MultiVaeMLPEncoder",
    "Text1dDecoder",
    "Text1dEncoder",
    "TokenDecoder",
    "TokenEncoder",
    "make_decoder",
    "make_encoder",
]
