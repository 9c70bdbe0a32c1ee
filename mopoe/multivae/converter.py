"""Models that MultiVae saved, as models of this library."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ..config import MoPoEConfig
from ..model import MoPoE
from .saved import CONFIG, WEIGHTS, read_fields, read_weights

KIND = "MoPoEConfig"
# What MultiVae adds to the variance of every expert before it multiplies them.
ADDED_VARIANCE = 1e-8


def from_multivae(folder: str | os.PathLike[str], encoders: Any = None, decoders: Any = None) -> MoPoE:
    """The MoPoE that MultiVae saved, with the same posteriors, in evaluation mode on the CPU.

    Reads ``model_config.json`` and ``model.pt``, the latter as tensors alone. ``encoders.pkl`` and ``decoders.pkl``
    are never opened, as to read them is to run what they hold: networks of your own are passed again.
    To be kept by :meth:`mopoe.MoPoE.save_pretrained`.

    Args:
        folder: where MultiVae's ``save``, or its trainer, put the model.
        encoders: modality → the user's own network, into which the saved weights are loaded; needed where the
            saved model had some. By default ``"multivae_mlp"``, MultiVae's default networks.
        decoders: likewise.

    Raises:
        FileNotFoundError: no such folder, or a file of the two is absent.
        TypeError, ValueError: damaged files, a model of another class, a setting that this library refuses, networks
            that are needed and not given, or weights that do not fit them.
    """
    folder = Path(folder)
    fields = read_fields(folder)
    custom = fields.pop("custom_architectures", None) or []
    config = _config_of(fields, folder)
    networks = {"encoders": encoders, "decoders": decoders}
    for part, given in networks.items():
        if given is None and part in custom:
            raise ValueError(
                f"{part}: expected your own networks, as the model in {folder} was saved with some; "
                f"{part}.pkl is not opened, as to read it would be to run what it holds"
            )
        networks[part] = "multivae_mlp" if given is None else given
    weights = read_weights(folder)
    model = MoPoE(config, **networks)
    dtype = next((tensor.dtype for tensor in weights.values() if tensor.is_floating_point()), None)
    model = model.to(dtype) if dtype else model
    for part in networks:
        _load(getattr(model, part), weights, part, folder)
    if weights:
        raise ValueError(
            f"{folder / WEIGHTS}: expected weights of encoders and decoders alone, got {next(iter(weights))!r}"
        )
    return model.eval()


def _config_of(fields: dict[str, Any], folder: Path) -> MoPoEConfig:
    """The configuration, without what MultiVae adds to it."""
    kind = fields.pop("name", None)
    if kind != KIND:
        raise ValueError(f"{folder / CONFIG}: expected the configuration of a MoPoE, {KIND!r}, got {kind!r}")
    subsets = fields.get("subsets")
    if isinstance(subsets, Mapping):
        # MultiVae lists the empty subset too, and skips it wherever it goes through them.
        fields["subsets"] = {name: subset for name, subset in subsets.items() if subset}
    try:
        return MoPoEConfig.from_dict(fields | {"added_variance": ADDED_VARIANCE})
    except (TypeError, ValueError) as error:
        raise ValueError(f"{folder / CONFIG}: {error}") from error


def _load(networks: nn.Module, weights: dict[str, Tensor], part: str, folder: Path) -> None:
    """Move the weights of one part from ``weights`` into its networks."""
    own = {name: weights.pop(name) for name in list(weights) if name.startswith(f"{part}.")}
    try:
        networks.load_state_dict({name.removeprefix(f"{part}."): tensor for name, tensor in own.items()})
    except RuntimeError as error:
        raise ValueError(
            f"{part}: expected networks that the weights in {folder / WEIGHTS} fit, got others: {error}"
        ) from error
