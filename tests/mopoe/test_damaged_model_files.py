"""Checkpoints that are damaged, absent, or cannot be written: a clear error, and nothing half-written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from mopoe import MoPoE, MoPoEConfig
from mopoe import files as checkpoint_module

FILES = {"config.json", "model.safetensors"}


def damage_json(folder: Path, text: bytes) -> None:
    (folder / "config.json").write_bytes(text)


DAMAGES: dict[str, tuple[Callable[[Path], Any], type[Exception], str]] = {
    "no config": (lambda f: (f / "config.json").unlink(), FileNotFoundError, "found no config.json"),
    "no weights": (
        lambda f: (f / "model.safetensors").unlink(),
        FileNotFoundError,
        "found no model.safetensors",
    ),
    "half a config": (lambda f: damage_json(f, b'{"n_modal'), ValueError, "config.json: expected JSON"),
    "a binary config": (lambda f: damage_json(f, b"\xff\xfe\x00"), ValueError, "config.json: expected JSON"),
    "a config that is a list": (
        lambda f: damage_json(f, b"[1]"),
        ValueError,
        "config.json: expected a JSON object",
    ),
    "an unknown field": (
        lambda f: damage_json(f, b'{"n_modalities": 1, "size": 3}'),
        ValueError,
        "config: expected fields among .*got 'size'",
    ),
    "half the weights": (
        lambda f: (f / "model.safetensors").write_bytes((f / "model.safetensors").read_bytes()[:200]),
        ValueError,
        "model.safetensors: expected a safetensors file",
    ),
    "empty weights": (
        lambda f: (f / "model.safetensors").write_bytes(b""),
        ValueError,
        "model.safetensors: expected a safetensors file",
    ),
    "another model's config": (
        lambda f: damage_json(
            f, (f / "config.json").read_bytes().replace(b'"latent_dim": 2', b'"latent_dim": 5')
        ),
        ValueError,
        "the saved weights do not fit these networks",
    ),
}


@pytest.mark.parametrize("damage", list(DAMAGES))
def test_damaged_files_are_refused(damage: str, tmp_path: Path) -> None:
    MoPoE(MoPoEConfig(1, 2, {"a": (3,)})).save_pretrained(tmp_path)
    change, kind, message = DAMAGES[damage]
    change(tmp_path)
    with pytest.raises(kind, match=message):
        MoPoE.from_pretrained(tmp_path)


def test_an_absent_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere: expected a checkpoint"):
        MoPoE.from_pretrained(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_made_is_an_error_that_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    model = MoPoE(MoPoEConfig(1, 2, {"a": (3,)}))
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match="file"):
            model.save_pretrained(folder)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "kept"


def test_a_disk_that_fills_up_leaves_the_old_checkpoint_whole(
    same: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = MoPoEConfig(1, 2, {"a": (3,)})
    old = MoPoE(config)
    old.save_pretrained(tmp_path)

    def full(tensors: object, path: Path) -> None:
        Path(path).write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(checkpoint_module, "save_file", full)
    with pytest.raises(OSError, match="no space left"):
        MoPoE(config).save_pretrained(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == FILES
    same(old, MoPoE.from_pretrained(tmp_path), {"a": torch.randn(2, 3)})
