"""Folders that are no MoPoE of MultiVae's, or hold what cannot be read safely: refused in words, nothing run."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from mopoe import MoPoE, MoPoEConfig, from_multivae

Folder = Callable[[str], Path]
Networks = Callable[[], dict[str, dict[str, nn.Module]]]


class Trap:
    """A pickle that leaves a file behind when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def change(folder: Path, **fields: Any) -> None:
    path = folder / "model_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_pickled_networks_are_never_opened(
    peer_folder: Folder, own_networks: Networks, tmp_path: Path
) -> None:
    folder, mark = peer_folder("own_networks"), tmp_path / "mark"
    for part in ("encoders", "decoders"):
        (folder / f"{part}.pkl").write_bytes(pickle.dumps(Trap(mark)))
    message = r"encoders: expected your own networks, as the model in .* encoders.pkl is not opened"
    with pytest.raises(ValueError, match=message):
        from_multivae(folder)
    networks = own_networks()
    with pytest.raises(ValueError, match=r"decoders: expected your own networks"):
        from_multivae(folder, encoders=networks["encoders"])
    model = from_multivae(folder, **networks)
    assert model.encoders["a"] is networks["encoders"]["a"]
    assert not mark.exists()


def test_a_model_file_that_holds_more_than_tensors_is_not_run(peer_folder: Folder, tmp_path: Path) -> None:
    folder, mark = peer_folder("private"), tmp_path / "mark"
    for saved in (Trap(mark), {"model_state_dict": {"encoders.word.x": Trap(mark)}}):
        torch.save(saved, folder / "model.pt")
        with pytest.raises(ValueError, match=r"model.pt: expected a file of tensors alone, got"):
            from_multivae(folder)
    (folder / "model.pt").write_bytes(pickle.dumps(Trap(mark), protocol=2))
    with pytest.raises(ValueError, match=r"model.pt: expected a file of tensors alone, got"):
        from_multivae(folder)
    assert not mark.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"garbage" * 40, "half"])
def test_a_damaged_model_file_is_named(content: bytes | str, peer_folder: Folder) -> None:
    path = peer_folder("private") / "model.pt"
    path.write_bytes(path.read_bytes()[:2000] if isinstance(content, str) else content)
    with pytest.raises(ValueError, match=r"model.pt: expected a file of tensors alone, got"):
        from_multivae(path.parent)


@pytest.mark.parametrize("saved", [[1], {}, {"model_state_dict": None}, {"model_state_dict": {"a": 1}}])
def test_a_file_without_weights_is_named(saved: Any, peer_folder: Folder) -> None:
    folder = peer_folder("private")
    torch.save(saved, folder / "model.pt")
    with pytest.raises(ValueError, match=r"model.pt: expected 'model_state_dict' with tensors by name"):
        from_multivae(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"name": "MoP', "model_config.json: expected JSON"),
        (b"\xff\xfe\x00", "model_config.json: expected JSON"),
        (b"[1]", "model_config.json: expected a JSON object, got list"),
        (b'{"n_modalities": 2}', "expected the configuration of a MoPoE, 'MoPoEConfig', got None"),
        (b'{"name": "MoPoEConfig"}', "expected the field 'n_modalities', got none"),
        (b'{"name": "MoPoEConfig", "n_modalities": 2}', "input_dims: expected the shape of each modality"),
    ],
)
def test_a_bad_configuration_is_named(text: bytes, message: str, peer_folder: Folder) -> None:
    folder = peer_folder("private")
    (folder / "model_config.json").write_bytes(text)
    with pytest.raises(ValueError, match=message):
        from_multivae(folder)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"name": "MVTCAEConfig"},
            "expected the configuration of a MoPoE, 'MoPoEConfig', got 'MVTCAEConfig'",
        ),
        ({"alpha": 0.1}, r"model_config.json: config: expected fields among .* got 'alpha'"),
        (
            {"decoders_dist": {"word": "poisson2", "image": "normal"}},
            r"decoders_dist\['word'\]: .*'poisson2'",
        ),
        ({"decoder_dist_params": {"word": {"scale": 1.0}}}, r"decoder_dist_params\['word'\]: .*got 'scale'"),
        ({"decoder_dist_params": {"image": {"scale": -1}}}, r"decoder_dist_params\['image'\]\['scale'\]"),
        ({"decoder_dist_params": {"sound": {"scale": 1}}}, "decoder_dist_params: expected modalities among"),
        ({"latent_dim": "ten"}, "latent_dim: expected a whole number, got 'ten'"),
        ({"latent_dim": 5}, "encoders: expected networks that the weights in .*model.pt fit, got others"),
        ({"modalities_specific_dim": None}, "encoders: expected networks that the weights in .*model.pt fit"),
        ({"subsets": {"": []}}, "subsets"),
        ({"subsets": {"sound": ["sound"]}}, "subsets: .*'sound'"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(
    fields: dict[str, Any], message: str, peer_folder: Folder
) -> None:
    folder = peer_folder("private")
    change(folder, **fields)
    with pytest.raises((TypeError, ValueError), match=message):
        from_multivae(folder)


def test_networks_that_the_weights_do_not_fit_are_named(peer_folder: Folder, own_networks: Networks) -> None:
    folder, networks = peer_folder("own_networks"), own_networks()
    networks["decoders"]["b"] = nn.Linear(2, 2)
    with pytest.raises(ValueError, match=r"decoders: expected networks that the weights in .*model.pt fit"):
        from_multivae(folder, **networks)
    del networks["decoders"]["b"]
    with pytest.raises(ValueError, match="decoders: expected the modalities"):
        from_multivae(folder, **networks)


def test_weights_of_something_else_are_named(peer_folder: Folder) -> None:
    path = peer_folder("private") / "model.pt"
    saved = torch.load(path, weights_only=True)
    saved["model_state_dict"]["joint_encoder.weight"] = torch.zeros(2)
    torch.save(saved, path)
    with pytest.raises(ValueError, match=r"encoders and decoders alone, got .joint_encoder\.weight."):
        from_multivae(path.parent)


def test_absent_folders_and_files_are_named(peer_folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"nowhere: expected a model of MultiVae .* found no model_con"
    ):
        from_multivae(tmp_path / "nowhere")
    folder = peer_folder("private")
    (tmp_path / "training").mkdir()
    folder.rename(tmp_path / "training" / "final_model")
    with pytest.raises(FileNotFoundError, match="there is a model in its folder final_model"):
        from_multivae(tmp_path / "training")
    (tmp_path / "training" / "final_model" / "model.pt").unlink()
    with pytest.raises(FileNotFoundError, match=r"found no model\.pt"):
        from_multivae(tmp_path / "training" / "final_model")


def test_each_reader_names_the_other_for_the_others_folder(peer_folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"MultiVae saved it: mopoe\.from_multivae reads it"):
        MoPoE.from_pretrained(peer_folder("default"))
    MoPoE(MoPoEConfig(1, 2, {"a": (3,)})).save_pretrained(tmp_path / "ours")
    with pytest.raises(FileNotFoundError, match=r"MoPoE\.from_pretrained reads what this library saved"):
        from_multivae(tmp_path / "ours")
