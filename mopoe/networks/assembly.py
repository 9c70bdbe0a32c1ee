"""Putting a model's networks together, and reading what they return, whoever wrote them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..config import MoPoEConfig
from ..inputs import Inputs
from ..likelihoods import Likelihood
from ..output import ModelOutput, read_entry
from . import make_decoder, make_encoder


class Networks(NamedTuple):
    """What a model is made of, by modality; ``names`` holds part → modality → name, ``None`` for the user's own."""

    encoders: nn.ModuleDict
    decoders: nn.ModuleDict
    likelihoods: dict[str, Likelihood]
    names: dict[str, dict[str, str | None]]
    custom: list[str]


def assemble_networks(config: MoPoEConfig, encoders: Any, decoders: Any) -> Networks:
    """Networks for ``config`` from modules, names, or nothing (MLPs).

    Raises:
        TypeError: neither ``None``, a name, nor a dictionary of modules and names.
        ValueError: modalities that do not match, or no ``input_dims`` where a network is to be built.
    """
    encoders, decoders = (dict(n) if isinstance(n, nn.ModuleDict) else n for n in (encoders, decoders))
    modalities = _modalities(config, encoders, decoders)
    config.check_modalities(modalities)
    encoder_names, own_encoders = _by_modality(encoders, "encoders", modalities)
    decoder_names, own_decoders = _by_modality(decoders, "decoders", modalities)
    likelihoods = {modality: config.make_likelihood(modality) for modality in modalities}
    return Networks(
        _build(config, encoder_names, own_encoders, "encoders", partial(_encoder, config, likelihoods)),
        _build(config, decoder_names, own_decoders, "decoders", partial(_decoder, config, likelihoods)),
        likelihoods,
        {"encoders": encoder_names, "decoders": decoder_names},
        [part for part, own in (("encoders", own_encoders), ("decoders", own_decoders)) if own],
    )


def _modalities(config: MoPoEConfig, encoders: Any, decoders: Any) -> list[str]:
    if config.input_dims is not None:
        return list(config.input_dims)
    for networks in (encoders, decoders):
        if isinstance(networks, Mapping):
            return list(networks)
    raise ValueError("input_dims: expected the shape of each modality to build networks for them, got None")


def _by_modality(
    networks: Any, part: str, modalities: list[str]
) -> tuple[dict[str, str | None], dict[str, nn.Module]]:
    if networks is None or isinstance(networks, str):
        return dict.fromkeys(modalities, networks or "mlp"), {}
    if not isinstance(networks, Mapping):
        raise TypeError(
            f"{part}: expected a dict of modality to module, a name or None, got {type(networks).__name__}"
        )
    if set(networks) != set(modalities):
        raise ValueError(f"{part}: expected the modalities {modalities}, got {list(networks)}")
    for name, network in networks.items():
        if not isinstance(network, (str, nn.Module)):
            raise TypeError(
                f"{part}[{name!r}]: expected a torch module or a name, got {type(network).__name__}"
            )
    names = {m: networks[m] if isinstance(networks[m], str) else None for m in modalities}
    return names, {m: networks[m] for m in modalities if names[m] is None}


def _build(
    config: MoPoEConfig,
    names: dict[str, str | None],
    own: dict[str, nn.Module],
    part: str,
    make: Callable[[str, str, Sequence[int]], nn.Module],
) -> nn.ModuleDict:
    built = nn.ModuleDict()
    for modality, name in names.items():
        if name is None:
            built[modality] = own[modality]
            continue
        if config.input_dims is None:
            raise ValueError(f"input_dims: expected shapes to build {part}[{modality!r}], got None")
        built[modality] = make(modality, name, config.input_dims[modality])
    return built


def _encoder(
    config: MoPoEConfig, likelihoods: Mapping[str, Likelihood], modality: str, name: str, dims: Sequence[int]
) -> nn.Module:
    style_dim, masked = config.style_dim(modality), modality in (config.masked_entries or [])
    return make_encoder(name, dims, config.latent_dim, style_dim, likelihoods[modality], masked)


def _decoder(
    config: MoPoEConfig, likelihoods: Mapping[str, Likelihood], modality: str, name: str, dims: Sequence[int]
) -> nn.Module:
    return make_decoder(name, dims, config.latent_dim, config.style_dim(modality), likelihoods[modality])


def read_gaussian(
    output: Any, modality: str, sizes: Mapping[str, int], length: int, added_variance: float = 0
) -> ModelOutput:
    """An encoder's output with each entry (B, size) in at least single precision.

    Args:
        output: what the encoder returned.
        modality: whose encoder it was.
        sizes: entry → expected size of the last axis.
        length: B; an encoder that squeezed a batch of one is forgiven.
        added_variance: added to the variance of the shared latent.

    Raises:
        ValueError: an entry is absent or has another shape; the message names the modality.
    """
    read = ModelOutput()
    for entry, size in sizes.items():
        tensor = read_entry(output, entry)
        if not isinstance(tensor, Tensor):
            raise ValueError(
                f"encoders[{modality!r}]: expected an output with {entry!r}, got {type(output).__name__} without"
            )
        if tuple(tensor.shape) != (length, size) and not (length == 1 and tensor.numel() == size):
            raise ValueError(
                f"encoders[{modality!r}]: expected {entry!r} of shape {(length, size)}, got {tuple(tensor.shape)}"
            )
        read[entry] = full_precision(tensor.reshape(length, size))
    if added_variance:
        logvar = read.log_covariance
        read.log_covariance = torch.logaddexp(logvar, torch.full_like(logvar, math.log(added_variance)))
    return read


def stacked(experts: Mapping[str, ModelOutput], names: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Means and ln σ² of the shared latent by expert, (M, B, D) each."""
    mus = torch.stack([experts[name].embedding for name in names])
    return mus, torch.stack([experts[name].log_covariance for name in names])


def private_posterior(expert: ModelOutput, name: str, batch: Inputs) -> tuple[Tensor, Tensor]:
    """Mean and ln σ² of the private latent of ``name``, (B, D_m); the prior's where it is missing."""
    mu, logvar = expert.style_embedding, expert.style_log_covariance
    if batch.masks is None:
        return mu, logvar
    seen = batch.masks[name][:, None]
    return mu.where(seen, 0), logvar.where(seen, 0)


def read_reconstruction(output: Any, modality: str, length: int, dims: Sequence[int] | None = None) -> Tensor:
    """A decoder's ``reconstruction``, in at least single precision.

    Args:
        output: what the decoder returned.
        modality: whose decoder it was.
        length: number of latents decoded.
        dims: shape of one sample where it is known; then a decoder that squeezed a batch of one is forgiven.

    Raises:
        ValueError: absent, or another length than the latents; the message names the modality.
    """
    tensor = read_entry(output, "reconstruction")
    if length == 1 and dims is not None and isinstance(tensor, Tensor):
        squeezed = [size for size in dims if size != 1]
        tensor = tensor.reshape(1, *dims) if list(tensor.shape) in (list(dims), squeezed) else tensor
    if not isinstance(tensor, Tensor) or tensor.ndim == 0 or tensor.shape[0] != length:
        got = tuple(tensor.shape) if isinstance(tensor, Tensor) else f"{type(output).__name__} without"
        raise ValueError(f"decoders[{modality!r}]: expected a 'reconstruction' of length {length}, got {got}")
    return full_precision(tensor)


def full_precision(tensor: Tensor) -> Tensor:
    """Half and bfloat16 become float32, in which log-densities are summed."""
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
