"""MoPoEConfig: as the contract says, never shared with the caller, the same after JSON."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mopoe import MoPoE, MoPoEConfig

DIMS = {"a": (3,), "b": (2, 2), "c": (2, 3)}


def log_prob(recon: Tensor, target: Tensor) -> Tensor:
    return -((recon - target) ** 2)


def test_the_order_of_arguments_is_that_of_the_contract() -> None:
    config = MoPoEConfig(
        3, 4, DIMS, True, dict.fromkeys("abc", 2.0), {"a": "laplace"}, {"a": {"scale": 2}}, [], "moe", 2.0,
        3.0, dict.fromkeys("abc", 1), prior_expert="all",
    )  # fmt: skip
    assert (config.n_modalities, config.latent_dim, config.input_dims) == (3, 4, DIMS)
    assert (config.uses_likelihood_rescaling, config.rescale_factors) == (True, dict.fromkeys("abc", 2.0))
    assert (config.decoders_dist, config.decoder_dist_params) == ({"a": "laplace"}, {"a": {"scale": 2}})
    assert (config.custom_architectures, config.subsets) == ([], "moe")
    assert (config.beta, config.beta_style) == (2.0, 3.0)
    assert (config.modalities_specific_dim, config.prior_expert) == (dict.fromkeys("abc", 1), "all")


def test_defaults_are_those_of_the_contract() -> None:
    config = MoPoEConfig(2)
    assert (config.latent_dim, config.beta, config.beta_style, config.prior_expert) == (10, 1.0, 1.0, "full")
    assert config.custom_architectures == []
    for name in ("input_dims", "rescale_factors", "decoders_dist", "decoder_dist_params", "subsets",
                 "modalities_specific_dim"):  # fmt: skip
        assert getattr(config, name) is None
    assert config.uses_likelihood_rescaling is False


FULL: dict[str, Any] = {
    "n_modalities": 3,
    "input_dims": {"a": torch.Size([3]), "b": [2, 2], "c": (2, 3)},
    "uses_likelihood_rescaling": True,
    "rescale_factors": {"a": 1, "b": 2.5, "c": 0},
    "decoders_dist": {"b": "laplace", "c": "categorical"},
    "decoder_dist_params": {"b": {"scale": 0.75}},
    "subsets": {"pair": ["a", "b"], "all": ["c", "b", "a"]},
    "beta": 2,
    "beta_style": 0.5,
    "modalities_specific_dim": {"a": 1, "b": 2, "c": 3},
    "prior_expert": "none",
}


@pytest.mark.parametrize(
    "subsets", [None, "poe", "moe", "mopoe", [["a"], ["b", "c"]], [("a",), ("b", "c")], FULL["subsets"]]
)
def test_json_brings_the_same_config_back(subsets: object) -> None:
    config = MoPoEConfig(**(FULL | {"subsets": subsets}))
    assert MoPoEConfig.from_json(config.to_json()) == config
    assert MoPoEConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert MoPoEConfig(3) != config


def test_json_of_a_function_is_refused_by_modality() -> None:
    config = MoPoEConfig(3, input_dims=DIMS, decoders_dist={"b": log_prob})
    with pytest.raises(TypeError, match=r"decoders_dist\['b'\]: .*got a function"):
        config.to_json()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "expected the field 'n_modalities'"),
        ('{"n_modalities": 2, "latent": 3}', "got 'latent'"),
        ("no json", "Expecting value"),
        ("[1, 2]", "config"),
    ],
)
def test_other_json_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MoPoEConfig.from_json(text)


def test_the_callers_containers_are_neither_altered_nor_kept() -> None:
    given = copy.deepcopy(FULL)
    config = MoPoEConfig(**given)
    assert given == FULL
    before = config.to_json()
    given["input_dims"]["b"].append(9)
    given["rescale_factors"]["a"] = 7
    given["decoder_dist_params"]["b"]["scale"] = 7
    given["subsets"]["pair"].append("c")
    given["modalities_specific_dim"].clear()
    assert config.to_json() == before


def test_configs_models_and_their_dictionaries_share_nothing() -> None:
    config = MoPoEConfig(**FULL)
    before = config.to_json()
    copied, described, model = config.replace(), config.to_dict(), MoPoE(config)
    for other in (copied, model.model_config):
        other.decoder_dist_params["b"]["scale"] = 7
        other.subsets["pair"].append("c")
        other.custom_architectures.append("encoders")
        other.input_dims["z"] = (1,)
    described["decoder_dist_params"]["b"]["scale"] = 9
    described["subsets"]["pair"].append("c")
    assert config.to_json() == before
    config.beta = 99.0
    assert model.model_config.beta == 2


def test_defaults_are_not_shared_between_configs() -> None:
    MoPoEConfig(1).custom_architectures.append("encoders")
    assert MoPoEConfig(1).custom_architectures == []


def test_subset_keys_are_sorted_names_or_the_users_own() -> None:
    dims = {"c": (1,), "a": (1,)}
    assert list(MoPoE(MoPoEConfig(2, input_dims=dims)).subsets) == ["c", "a", "a_c"]
    named = MoPoE(MoPoEConfig(2, input_dims=dims, subsets={"both": ["a", "c"], "one": ["a"]})).subsets
    assert named == {"both": ("c", "a"), "one": ("a",)}


def test_numbers_of_numpy_are_stored_as_plain_ones() -> None:
    config = MoPoEConfig(
        np.int64(2),
        latent_dim=np.int64(4),
        input_dims={"a": (np.int32(3),), "b": np.int64(2)},
        rescale_factors={"a": np.float32(0.5), "b": np.int64(2)},
        decoder_dist_params={"a": {"scale": np.float32(0.75)}},
        beta=np.float64(2.5),
        beta_style=np.float32(0.5),
        modalities_specific_dim={"a": np.int64(1), "b": 1},
    )
    assert [type(v) for v in (config.latent_dim, config.beta, config.beta_style)] == [int, float, float]
    assert MoPoEConfig.from_json(config.to_json()) == config
    assert MoPoE(config).latent_dim == 4


@pytest.mark.parametrize("value", [np.bool_(True), np.float64(4), np.array([4])])
def test_numbers_of_numpy_that_are_no_counts_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="latent_dim: expected a whole number"):
        MoPoEConfig(2, latent_dim=value)
