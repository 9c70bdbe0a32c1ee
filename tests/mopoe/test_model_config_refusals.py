"""MoPoEConfig and the networks it is given: a wrong entry is refused by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from torch import Tensor, nn

from mopoe import MoPoE, MoPoEConfig

DIMS = {"a": (3,), "b": (2, 2), "c": (2, 3)}


def log_prob(recon: Tensor, target: Tensor) -> Tensor:
    return -((recon - target) ** 2)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"n_modalities": 2}, ValueError, r"n_modalities: .*got 2"),
    ({"n_modalities": 4}, ValueError, r"n_modalities: .*3 .*got 4"),
    ({"n_modalities": 0}, ValueError, "n_modalities: expected at least 1, got 0"),
    ({"n_modalities": 3.0}, TypeError, "n_modalities: expected a whole number, got 3.0"),
    ({"n_modalities": True}, TypeError, "n_modalities"),
    ({"latent_dim": 0}, ValueError, "latent_dim: expected at least 1, got 0"),
    ({"latent_dim": "10"}, TypeError, "latent_dim"),
    ({"input_dims": [(3,), (2, 2), (2, 3)]}, TypeError, "input_dims: expected a dict .* got list"),
    ({"input_dims": DIMS | {"b": (2, -2)}}, ValueError, r"input_dims\['b'\]: expected at least 1, got -2"),
    ({"input_dims": DIMS | {"b": (2, 0)}}, ValueError, r"input_dims\['b'\]"),
    ({"input_dims": DIMS | {"b": (2.5,)}}, TypeError, r"input_dims\['b'\]: expected a whole number, got 2.5"),
    ({"input_dims": DIMS | {"b": "22"}}, TypeError, r"input_dims\['b'\]: expected a shape"),
    ({"input_dims": DIMS | {"b": None}}, TypeError, r"input_dims\['b'\]: expected a shape"),
    ({"input_dims": {"a": 1, "b": 1, 3: 1}}, TypeError, "modality names of type str, got 3"),
    ({"input_dims": {"a": 1, "b": 1, "c.d": 1}}, ValueError, r"modality name .* got 'c\.d'"),
    ({"input_dims": {"a": 1, "b": 1, "": 1}}, ValueError, "modality name .* got ''"),
    ({"input_dims": {"a": 1, "b": 1, "keys": 1}}, ValueError, "modality name .* got 'keys'"),
    ({"input_dims": {"a": 1, "b": 1, "training": 1}}, ValueError, "modality name .* got 'training'"),
    ({"input_dims": {"a": 1, "b": 1, "z": 1}}, ValueError, "modality name .* got 'z'"),
    ({"uses_likelihood_rescaling": 1}, TypeError, "uses_likelihood_rescaling: expected True or False, got 1"),
    ({"rescale_factors": [1, 2, 3]}, TypeError, "rescale_factors: expected a dict"),
    ({"rescale_factors": {"a": 1, "b": 1, "x": 1}}, ValueError, "rescale_factors: .*got 'x'"),
    ({"rescale_factors": {"a": 1, "b": 1}}, ValueError, r"rescale_factors: .*none for \['c'\]"),
    ({"rescale_factors": {"a": 1, "b": 1, "c": -1}}, ValueError, r"rescale_factors\['c'\]: .*>= 0, got -1"),
    ({"rescale_factors": {"a": 1, "b": 1, "c": math.nan}}, ValueError, r"rescale_factors\['c'\]"),
    (
        {"rescale_factors": {"a": 1, "b": 1, "c": "2"}},
        TypeError,
        r"rescale_factors\['c'\]: expected a number",
    ),
    ({"decoders_dist": ["normal"] * 3}, TypeError, "decoders_dist: expected a dict"),
    ({"decoders_dist": {"x": "normal"}}, ValueError, "decoders_dist: .*got 'x'"),
    (
        {"decoders_dist": {"a": "gaussian"}},
        ValueError,
        r"decoders_dist\['a'\]: .*normal, laplace.*'gaussian'",
    ),
    ({"decoders_dist": {"a": "custom"}}, ValueError, r"decoders_dist\['a'\]"),
    (
        {"decoders_dist": {"a": 3}},
        TypeError,
        r"decoders_dist\['a'\]: expected a word, a Likelihood or a function, got int",
    ),
    ({"decoders_dist": {"a": ["normal"]}}, TypeError, r"decoders_dist\['a'\]: .*got list"),
    ({"decoders_dist": {"a": None}}, TypeError, r"decoders_dist\['a'\]: .*got NoneType"),
    ({"decoder_dist_params": {"x": {"scale": 1}}}, ValueError, "decoder_dist_params: .*got 'x'"),
    (
        {"decoder_dist_params": {"a": 0.75}},
        TypeError,
        r"decoder_dist_params\['a'\]: expected a dict, got float",
    ),
    (
        {"decoder_dist_params": {"a": {"sigma": 1}}},
        ValueError,
        r"\['a'\]: 'normal' takes scale and floor, got 'sigma'",
    ),
    (
        {"decoder_dist_params": {"a": {"scale": 0}}},
        ValueError,
        r"\['a'\]\['scale'\]: .*positive number, got 0",
    ),
    ({"decoder_dist_params": {"a": {"scale": math.inf}}}, ValueError, r"\['a'\]\['scale'\]"),
    ({"decoder_dist_params": {"a": {"scale": "1"}}}, TypeError, r"\['a'\]\['scale'\]: expected a number"),
    (
        {"decoders_dist": {"a": "bernoulli"}, "decoder_dist_params": {"a": {"scale": 1}}},
        ValueError,
        r"decoder_dist_params\['a'\]: 'bernoulli' takes no parameters, got 'scale'",
    ),
    (
        {"decoders_dist": {"a": log_prob}, "decoder_dist_params": {"a": {"scale": 1}}},
        ValueError,
        "takes no parameters",
    ),
    (
        {"decoders_dist": {"c": "categorical"}, "input_dims": DIMS | {"c": ()}},
        ValueError,
        r"decoders_dist\['c'\]",
    ),
    ({"subsets": "pos"}, ValueError, "subsets: expected one of poe, moe, mopoe.*got 'pos'"),
    ({"subsets": 3}, TypeError, "subsets: expected a word, a list or a dict, got int"),
    ({"subsets": []}, ValueError, "subsets: expected at least one"),
    ({"subsets": {}}, ValueError, "subsets: expected at least one"),
    ({"subsets": [["a"], []]}, ValueError, r"subsets: expected no empty subset, got \[\]"),
    ({"subsets": [["a", "x"]]}, ValueError, r"subsets: .*got 'x' in \['a', 'x'\]"),
    ({"subsets": [["a", "a"]]}, ValueError, r"subsets: .*each modality once.*\['a', 'a'\]"),
    ({"subsets": [["a", "b"], ["b", "a"]]}, ValueError, "subsets: expected distinct .*more than once"),
    ({"subsets": {"one": ["a"], "two": ["a"]}}, ValueError, "subsets: expected distinct .*more than once"),
    ({"subsets": ["a", "b"]}, TypeError, "subsets: expected each subset to be a list .* got 'a'"),
    ({"subsets": [{"a"}]}, TypeError, "subsets: expected each subset to be a list"),
    ({"subsets": {1: ["a"]}}, TypeError, "subsets: expected names of type str, got 1"),
    ({"beta": -1}, ValueError, "beta: expected a finite number >= 0, got -1"),
    ({"beta": math.nan}, ValueError, "beta"),
    ({"beta": "1"}, TypeError, "beta: expected a number, got '1'"),
    ({"beta_style": -0.5}, ValueError, "beta_style"),
    ({"added_variance": -1e-8}, ValueError, "added_variance: expected a finite number >= 0, got -1e-08"),
    (
        {"modalities_specific_dim": {"a": 1, "b": 1}},
        ValueError,
        r"modalities_specific_dim: .*none for \['c'\]",
    ),
    ({"modalities_specific_dim": {"a": 1, "b": 1, "c": 0}}, ValueError, r"modalities_specific_dim\['c'\]"),
    ({"modalities_specific_dim": {"a": 1, "b": 1, "c": 1.5}}, TypeError, r"modalities_specific_dim\['c'\]"),
    ({"modalities_specific_dim": 4}, TypeError, "modalities_specific_dim: expected a dict"),
    (
        {"prior_expert": "never"},
        ValueError,
        "prior_expert: expected one of 'full', 'all', 'none', got 'never'",
    ),
    ({"prior_expert": None}, ValueError, "prior_expert"),
]


@pytest.mark.parametrize(("change", "kind", "message"), BAD, ids=[m for _, _, m in BAD])
def test_a_wrong_entry_is_refused_by_name(
    change: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        MoPoEConfig(**({"n_modalities": 3, "input_dims": DIMS} | change))


BAD_WITHOUT_SHAPES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"subsets": "pos"}, ValueError, "subsets: expected one of poe, moe, mopoe.*got 'pos'"),
    ({"subsets": 3}, TypeError, "subsets: expected a word, a list or a dict, got int"),
    ({"subsets": []}, ValueError, "subsets: expected at least one"),
    ({"subsets": [["a"], []]}, ValueError, "subsets: expected no empty subset"),
    ({"subsets": [["a", "b"], ["b", "a"]]}, ValueError, "subsets: expected distinct .*more than once"),
    ({"subsets": {"one": ["a"], "two": ["a"]}}, ValueError, "subsets: expected distinct .*more than once"),
    ({"subsets": [["a", "a"]]}, ValueError, "subsets: .*each modality once"),
    ({"subsets": ["a", "b"]}, TypeError, "subsets: expected each subset to be a list .* got 'a'"),
    ({"subsets": [["a", 3]]}, TypeError, "subsets: expected modality names of type str, got 3"),
    ({"subsets": [["a", "b"], ["c", "d"]]}, ValueError, r"n_modalities: expected at least 4 .*got 3"),
    ({"decoders_dist": {"a": "gaussian"}}, ValueError, r"decoders_dist\['a'\]: .*'gaussian'"),
    (
        {"decoders_dist": {"a": 3}},
        TypeError,
        r"decoders_dist\['a'\]: expected a word, a Likelihood or a function",
    ),
    ({"decoders_dist": {"keys": "normal"}}, ValueError, "modality name .* got 'keys'"),
    ({"decoder_dist_params": {"a": {"scale": 0}}}, ValueError, r"\['a'\]\['scale'\]: .*positive number"),
    ({"decoder_dist_params": {"a": {"sigma": 1}}}, ValueError, "takes scale and floor, got 'sigma'"),
    ({"modalities_specific_dim": {"a": 1, "b": 1}}, ValueError, r"n_modalities: .*2 \(\['a', 'b'\]\), got 3"),
    ({"rescale_factors": dict.fromkeys("abcd", 1.0)}, ValueError, "n_modalities: .*4 .*got 3"),
    (
        {"rescale_factors": dict.fromkeys("abc", 1), "modalities_specific_dim": dict.fromkeys("abd", 1)},
        ValueError,
        "rescale_factors: .*got 'c'",
    ),
    (
        {"rescale_factors": dict.fromkeys("abc", 1), "subsets": [["a", "x"]]},
        ValueError,
        "subsets: .*got 'x'",
    ),
]


@pytest.mark.parametrize(("entry", "kind", "message"), BAD_WITHOUT_SHAPES)
def test_what_needs_no_shapes_is_checked_without_them(
    entry: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        MoPoEConfig(3, **entry)


def test_entries_for_some_modalities_are_accepted_without_shapes() -> None:
    for subsets in (None, "poe", "moe", "mopoe", [["a"], ["b", "a"]], {"mine": ["c"]}):
        MoPoEConfig(3, subsets=subsets)
        MoPoEConfig(3, subsets=subsets, decoders_dist={"a": "laplace"})


def test_prior_expert_is_by_keyword_only() -> None:
    with pytest.raises(TypeError, match="positional"):
        MoPoEConfig(1, 10, None, False, None, None, None, [], None, 1.0, 1.0, None, "none")


def test_replace_checks_again() -> None:
    with pytest.raises(ValueError, match="latent_dim"):
        MoPoEConfig(3, input_dims=DIMS).replace(latent_dim=0)


def test_names_are_checked_against_the_networks_where_no_shapes_are_given(
    small_model: Callable[..., MoPoE],
) -> None:
    networks = small_model()
    parts = dict(networks.encoders), dict(networks.decoders)
    for change, message in (
        ({"n_modalities": 2}, "n_modalities"),
        ({"subsets": [["x"]]}, "subsets"),
        ({"decoders_dist": {"x": "normal"}}, "decoders_dist"),
        ({"uses_likelihood_rescaling": True}, "rescale_factors: expected factors or input_dims"),
    ):
        with pytest.raises(ValueError, match=message):
            MoPoE(MoPoEConfig(**({"n_modalities": 3, "latent_dim": 2} | change)), *parts)


@pytest.mark.parametrize(
    ("encoders", "decoders", "kind", "message"),
    [
        ("resnet", None, ValueError, "networks: expected one of .*'resnet'"),
        (None, {"a": "mlp"}, ValueError, r"decoders: expected the modalities \['a', 'b', 'c'\], got \['a'\]"),
        (
            {"a": 1, "b": "mlp", "c": "mlp"},
            None,
            TypeError,
            r"encoders\['a'\]: expected a torch module or a name",
        ),
        ([nn.Linear(1, 1)], None, TypeError, "encoders: expected a dict of modality to module.*got list"),
        ("conv28", None, ValueError, "conv28: expected images"),
    ],
)
def test_wrong_networks_are_refused(
    encoders: Any, decoders: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        MoPoE(MoPoEConfig(3, input_dims=DIMS), encoders, decoders)


def test_a_model_needs_a_config_and_shapes_or_networks() -> None:
    with pytest.raises(TypeError, match="model_config: expected a MoPoEConfig, got dict"):
        MoPoE({"n_modalities": 2})
    with pytest.raises(ValueError, match="input_dims: expected the shape of each modality"):
        MoPoE(MoPoEConfig(2))


def test_two_subsets_that_would_get_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"both be called 'a_b'.*rename a modality"):
        MoPoEConfig(3, input_dims=dict.fromkeys(("a", "b", "a_b"), (1,)))
    MoPoEConfig(3, input_dims=dict.fromkeys(("a", "b", "a_b"), (1,)), subsets={"x": ["a", "b"], "y": ["a_b"]})
