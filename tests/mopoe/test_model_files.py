"""Checkpoints: the same model back to the last bit, and never a pickle."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mopoe import ModelOutput, MoPoE, MoPoEConfig

FILES = {"config.json", "model.safetensors"}


def log_prob(recon: Tensor, target: Tensor) -> Tensor:
    return -((recon - target) ** 2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("private", [False, True])
def test_default_networks_come_back_bit_for_bit(
    same: Callable[..., Any], private: bool, dtype: torch.dtype, tmp_path: Path
) -> None:
    config = MoPoEConfig(
        2,
        latent_dim=3,
        input_dims={"a": (3,), "b": (2, 4)},
        decoders_dist={"b": "laplace"},
        decoder_dist_params={"b": {"scale": 0.75}},
        uses_likelihood_rescaling=True,
        subsets=[["a"], ["b", "a"]],
        beta=2.5,
        prior_expert="all",
        modalities_specific_dim={"a": 1, "b": 2} if private else None,
    )
    model = MoPoE(config).to(dtype)
    model.save_pretrained(tmp_path / "new" / "folder")
    assert {p.name for p in (tmp_path / "new" / "folder").iterdir()} == FILES
    loaded = MoPoE.from_pretrained(tmp_path / "new" / "folder")
    assert not loaded.training
    same(model, loaded, {"a": torch.randn(4, 3).to(dtype), "b": torch.randn(4, 2, 4).to(dtype)})
    assert loaded.model_config == config.replace(custom_architectures=[])


def test_named_networks_come_back_by_name(same: Callable[..., Any], tmp_path: Path) -> None:
    names = {"image": "conv28_half", "text": "text1d"}
    kinds = {"image": "bernoulli", "text": "categorical"}
    dims = {"image": (1, 28, 28), "text": (8, 5)}
    model = MoPoE(MoPoEConfig(2, 3, dims, decoders_dist=kinds), names, names)
    model.save_pretrained(str(tmp_path))
    loaded = MoPoE.from_pretrained(str(tmp_path))
    assert loaded.network_names == model.network_names
    same(model, loaded, {"image": torch.ones(2, 1, 28, 28), "text": torch.eye(5)[torch.zeros(2, 8).long()]})


@pytest.mark.parametrize("with_shapes", [True, False])
def test_own_networks_are_passed_again(
    same: Callable[..., Any],
    with_shapes: bool,
    tmp_path: Path,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    model, other = small_model(seed=1), small_model(seed=2)
    if not with_shapes:
        config = model.model_config.replace(input_dims=None)
        model = MoPoE(config, *deepcopy((dict(model.encoders), dict(model.decoders))))
    model.save_pretrained(tmp_path)
    parts = deepcopy((dict(reversed(other.encoders.items())), dict(other.decoders)))
    same(model, MoPoE.from_pretrained(tmp_path, *parts), support_data())
    with pytest.raises(ValueError, match=r"encoders: expected your own networks for \['a', 'b', 'c'\]"):
        MoPoE.from_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"decoders: expected your own networks for \['b'\]"):
        MoPoE.from_pretrained(tmp_path, parts[0], {m: parts[1][m] for m in "ac"})


def test_only_own_networks_are_needed_among_named_ones(same: Callable[..., Any], tmp_path: Path) -> None:
    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(3, 4)
            self.norm = nn.BatchNorm1d(3)

        def forward(self, x: Tensor) -> ModelOutput:
            mu, logvar = self.linear(self.norm(x)).chunk(2, -1)
            return ModelOutput(embedding=mu, log_covariance=logvar)

    model = MoPoE(MoPoEConfig(2, 2, {"a": (3,), "b": (2,)}), {"a": Encoder(), "b": "mlp"})
    model({"a": torch.randn(8, 3), "b": torch.randn(8, 2)})  # moves the batch statistics
    model.save_pretrained(tmp_path)
    loaded = MoPoE.from_pretrained(tmp_path, encoders={"a": Encoder()})
    same(model, loaded, {"a": torch.randn(4, 3), "b": torch.randn(4, 2)})


def test_a_network_shared_by_two_modalities_is_saved(same: Callable[..., Any], tmp_path: Path) -> None:
    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(3, 4)

        def forward(self, x: Tensor) -> dict[str, Tensor]:
            return dict(zip(("embedding", "log_covariance"), self.linear(x).chunk(2, -1), strict=True))

    shared, fresh = Encoder(), Encoder()
    model = MoPoE(MoPoEConfig(2, 2, {"a": (3,), "b": (3,)}), dict.fromkeys("ab", shared))
    model.save_pretrained(tmp_path)
    loaded = MoPoE.from_pretrained(tmp_path, dict.fromkeys("ab", fresh))
    same(model, loaded, {"a": torch.randn(4, 3), "b": torch.randn(4, 3)})


def test_own_log_probabilities_are_passed_again(same: Callable[..., Any], tmp_path: Path) -> None:
    config = MoPoEConfig(2, 2, {"a": (3,), "b": (2,)}, decoders_dist={"a": log_prob, "b": "laplace"})
    model = MoPoE(config)
    model.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"decoders_dist: expected your own log_prob for \['a'\]"):
        MoPoE.from_pretrained(tmp_path)
    loaded = MoPoE.from_pretrained(tmp_path, decoders_dist={"a": log_prob})
    same(model, loaded, {"a": torch.randn(4, 3), "b": torch.randn(4, 2)})


def test_saving_again_replaces_the_old_files(same: Callable[..., Any], tmp_path: Path) -> None:
    config = MoPoEConfig(1, 2, {"a": (3,)})
    first, second = MoPoE(config), MoPoE(config.replace(beta=3.0))
    first.save_pretrained(tmp_path)
    second.save_pretrained(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == FILES
    same(second, MoPoE.from_pretrained(tmp_path), {"a": torch.randn(2, 3)})


def test_files_hold_json_and_tensors_but_no_pickle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    def never(*args: object, **settings: object) -> None:
        raise AssertionError("pickle was used")

    for name in ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, name, never)
    MoPoE(MoPoEConfig(1, 2, {"a": (3,)})).save_pretrained(tmp_path)
    MoPoE.from_pretrained(tmp_path)
    described = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert described["latent_dim"] == 2
    header_length = int.from_bytes((tmp_path / "model.safetensors").read_bytes()[:8], "little")
    header = json.loads((tmp_path / "model.safetensors").read_bytes()[8 : 8 + header_length])
    assert "encoders.a.heads.embedding.weight" in header


@pytest.mark.parametrize("part", ["encoders", "decoders", "decoders_dist"])
def test_what_is_passed_on_loading_comes_in_a_dict(part: str, tmp_path: Path) -> None:
    MoPoE(MoPoEConfig(1, 2, {"a": (3,)})).save_pretrained(tmp_path)
    with pytest.raises(TypeError, match=f"^{part}: expected a dict of modality to .* got str"):
        MoPoE.from_pretrained(tmp_path, **{part: "mlp"})


def test_networks_may_come_in_a_module_dict(
    same: Callable[..., Any],
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    tmp_path: Path,
) -> None:
    model, other = small_model(), small_model(seed=1)
    model.save_pretrained(tmp_path)
    networks = deepcopy((other.encoders, other.decoders))
    same(model, MoPoE.from_pretrained(tmp_path, *networks), support_data())
