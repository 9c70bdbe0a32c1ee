"""Models on disk: ``config.json`` and ``model.safetensors``, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

CONFIG, WEIGHTS = "config.json", "model.safetensors"


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
            raise FileNotFoundError(
                f"{folder}: expected a checkpoint with {CONFIG} and {WEIGHTS}, found no {name}"
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
