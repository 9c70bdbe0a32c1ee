"""Models on disk: ``config.json`` and ``model.safetensors``, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from .config import MoPoEConfig
from .inference import MultimodalVAE
from .multivae.saved import is_of_multivae

CONFIG, WEIGHTS = "config.json", "model.safetensors"

Model = TypeVar("Model", bound=MultimodalVAE)


def write_checkpoint(
    folder: str | os.PathLike[str], description: dict[str, Any], weights: dict[str, Tensor]
) -> None:
    """Write both files of a checkpoint into ``folder``, which is made if need be.

    Raises:
        OSError: the folder cannot be written; what stood there before is left as it was.
    """
    folder = Path(folder)
    text = json.dumps(description, indent=2)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        fresh = Path(scratch)
        save_file(
            {name: tensor.detach().cpu().clone().contiguous() for name, tensor in weights.items()},
            fresh / WEIGHTS,
        )
        (fresh / CONFIG).write_text(text, encoding="utf-8")
        for name in (WEIGHTS, CONFIG):
            (fresh / name).replace(folder / name)


def read_checkpoint(folder: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The description and the weights that :func:`write_checkpoint` wrote.

    Raises:
        FileNotFoundError: no such folder, or a file of the two is absent.
        ValueError: a file is damaged.
    """
    folder = Path(folder)
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            remedy = "; MultiVae saved it: mopoe.from_multivae reads it" * is_of_multivae(folder)
            raise FileNotFoundError(
                f"{folder}: expected a checkpoint with {CONFIG} and {WEIGHTS}, found no {name}{remedy}"
            )
    try:
        description = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except ValueError as error:  # no text, or no JSON
        raise ValueError(f"{folder / CONFIG}: expected JSON, got {error}") from error
    if not isinstance(description, dict):
        raise ValueError(f"{folder / CONFIG}: expected a JSON object, got {type(description).__name__}")
    try:
        weights = load_file(folder / WEIGHTS)
    except SafetensorError as error:
        raise ValueError(f"{folder / WEIGHTS}: expected a safetensors file, got {error}") from error
    return description, weights


def save(model: MultimodalVAE, folder: str | os.PathLike[str]) -> None:
    """Write a model without its owner's networks and functions; see :meth:`mopoe.MoPoE.save_pretrained`."""
    described = model.model_config.to_dict(functions_as="custom") | {"networks": model.network_names}
    write_checkpoint(folder, described, model.state_dict())


def load(
    cls: type[Model],
    folder: str | os.PathLike[str],
    encoders: Mapping[str, nn.Module] | None = None,
    decoders: Mapping[str, nn.Module] | None = None,
    decoders_dist: Mapping[str, Any] | None = None,
) -> Model:
    """A model of the class ``cls`` that :func:`save` wrote; see :meth:`mopoe.MoPoE.from_pretrained`."""
    own = {"encoders": encoders, "decoders": decoders, "decoders_dist": decoders_dist}
    for what, entries in own.items():
        if entries is not None and not isinstance(entries, (Mapping, nn.ModuleDict)):
            raise TypeError(
                f"{what}: expected a dict of modality to your own network or log_prob, "
                f"got {type(entries).__name__}"
            )
    described, weights = read_checkpoint(folder)
    names = described.pop("networks", {})
    described["decoders_dist"] = (described.get("decoders_dist") or {}) | dict(decoders_dist or {}) or None
    given = {"encoders": dict(encoders or {}), "decoders": dict(decoders or {})}
    for part, networks in given.items():
        lacking = [m for m, name in names.get(part, {}).items() if name is None and m not in networks]
        if lacking:
            raise ValueError(
                f"{part}: expected your own networks for {lacking}, which were saved without them"
            )
    custom = [name for name, kind in (described["decoders_dist"] or {}).items() if kind == "custom"]
    if custom:
        raise ValueError(
            f"decoders_dist: expected your own log_prob for {custom}, which were saved without it"
        )
    config = MoPoEConfig.from_dict(described)
    model = cls(config, **{part: names.get(part, {}) | networks for part, networks in given.items()})
    dtype = next((t.dtype for t in weights.values() if t.is_floating_point()), None)
    model = model.to(dtype) if dtype else model
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(f"{folder}: the saved weights do not fit these networks: {error}") from error
    return model.eval()
