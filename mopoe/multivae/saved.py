"""What MultiVae saved in a folder, read as plain data and tensors: nothing that it holds is run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

CONFIG, WEIGHTS = "model_config.json", "model.pt"


def is_of_multivae(folder: Path) -> bool:
    """Whether a model that MultiVae saved lies there."""
    return (folder / CONFIG).is_file()


def read_fields(folder: Path) -> dict[str, Any]:
    """Fields of the model's configuration; ``name`` is that of its class.

    Raises:
        FileNotFoundError: no such folder, or a file of the two is absent.
        ValueError: damaged JSON.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            within = "; there is a model in its folder final_model" * is_of_multivae(folder / "final_model")
            ours = (
                "; MoPoE.from_pretrained reads what this library saved" * (folder / "config.json").is_file()
            )
            raise FileNotFoundError(
                f"{folder}: expected a model of MultiVae with {CONFIG} and {WEIGHTS}, found no {name}{within}{ours}"
            )
    path = folder / CONFIG
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # no text, or no JSON
        raise ValueError(f"{path}: expected JSON, got {error}") from error
    if not isinstance(fields, dict):
        raise ValueError(f"{path}: expected a JSON object, got {type(fields).__name__}")
    return fields


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The model's weights by name.

    Raises:
        ValueError: a damaged file, one that holds more than tensors, or none of a model.
    """
    path = folder / WEIGHTS
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # in as many ways as a file can be damaged
        raise ValueError(f"{path}: expected a file of tensors alone, got {error}") from error
    weights = saved.get("model_state_dict") if isinstance(saved, Mapping) else None
    if not isinstance(weights, Mapping) or not all(isinstance(x, Tensor) for x in weights.values()):
        raise ValueError(f"{path}: expected 'model_state_dict' with tensors by name, got none")
    return dict(weights)
