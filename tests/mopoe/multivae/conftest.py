"""Folders as MultiVae leaves them, made from what an environment that holds it wrote: bench/peer/saved_models.py."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

FILES = Path(__file__).parent / "peer_files"


class OwnEncoder(nn.Module):
    """What the user's own encoder was in the environment that wrote the files, by its parameters' names."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.both = nn.Linear(size, 4)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        mean, log_variance = self.both(torch.tanh(x)).chunk(2, -1)
        return {"embedding": mean, "log_covariance": log_variance}


class OwnDecoder(nn.Module):
    """Likewise."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.back = nn.Linear(2, size)

    def forward(self, z: Tensor) -> dict[str, Tensor]:
        return {"reconstruction": self.back(z)}


@pytest.fixture
def own_networks() -> Callable[[], dict[str, dict[str, nn.Module]]]:
    """A function that makes keywords for the model ``own_networks``, with fresh weights."""
    sizes = {"b": 2, "c": 3, "a": 4}
    return lambda: {
        "encoders": {name: OwnEncoder(size) for name, size in sizes.items()},
        "decoders": {name: OwnDecoder(size) for name, size in sizes.items()},
    }


@pytest.fixture
def peer_folder(tmp_path: Path) -> Callable[[str], Path]:
    """A function that lays a model's folder out as MultiVae does."""

    def lay_out(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(FILES / name / "model_config.json", folder)
        weights = {key: x.float() for key, x in load_file(FILES / name / "weights.safetensors").items()}
        torch.save({"model_state_dict": weights}, folder / "model.pt")
        (folder / "environment.json").write_text('{"name": "EnvironmentConfig", "python_version": "3.11"}')
        return folder

    return lay_out


@pytest.fixture
def peer_answers() -> Callable[[str], dict[str, dict[str, Any]]]:
    """A function that gives what MultiVae answered: kind → name of the modality or subset → tensor."""

    def read(name: str) -> dict[str, dict[str, Any]]:
        answers: dict[str, dict[str, Any]] = {}
        for key, tensor in load_file(FILES / name / "answers.safetensors").items():
            kind, _, of = key.partition(".")
            answers.setdefault(kind, {})[of] = tensor
        return answers

    return read
