"""Bad input to a model: a clear error of the right type before any work, in one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import MoPoE, product_of_experts

Data = dict[str, Tensor]
DEVICE = torch.device("meta")

# What is done to good inputs, the error, and what its message says.
BAD_INPUTS: dict[str, tuple[Callable[[Data], Any], type[Exception], str]] = {
    "nothing": (lambda d: None, TypeError, "inputs: expected a data set, .* got NoneType"),
    "a tensor": (lambda d: d["a"], TypeError, "inputs: .* got Tensor"),
    "a list": (lambda d: list(d.values()), TypeError, "inputs: .* got list"),
    "an empty dict": (lambda d: {}, TypeError, "inputs"),
    "an unknown modality": (
        lambda d: d | {"x": d["a"]},
        ValueError,
        r"inputs: expected the modalities .* got 'x'",
    ),
    "a lacking modality": (lambda d: {m: d[m] for m in "ab"}, ValueError, "inputs: .* got none called 'c'"),
    "an array": (
        lambda d: d | {"a": d["a"].numpy()},
        TypeError,
        r"inputs\['a'\]: expected a tensor, got ndarray",
    ),
    "no tensor": (lambda d: d | {"a": [1.0]}, TypeError, r"inputs\['a'\]: expected a tensor, got list"),
    "a wrong shape": (
        lambda d: d | {"b": d["b"][:, :1]},
        ValueError,
        r"modality 'b': expected shape \(B, 2, 2\), got \(5, 1, 2\)",
    ),
    "a wrong rank": (lambda d: d | {"b": d["b"].flatten(1)}, ValueError, r"modality 'b': .* got \(5, 4\)"),
    "one modality without batch": (
        lambda d: d | {"b": d["b"][0]},
        ValueError,
        r"modality 'b': .* got \(2, 2\)",
    ),
    "different lengths": (
        lambda d: d | {"b": d["b"][:3]},
        ValueError,
        r"inputs: expected one length >= 1 for all modalities, got {'a': 5, 'b': 3, 'c': 5}",
    ),
    "no samples": (
        lambda d: {m: x[:0] for m, x in d.items()},
        ValueError,
        "inputs: expected one length >= 1",
    ),
    "integers for a normal": (
        lambda d: d | {"a": d["a"].long()},
        TypeError,
        "modality 'a': expected floating-point numbers, got torch.int64; .* / 255",
    ),
    "bytes for a normal": (lambda d: d | {"a": d["a"].byte()}, TypeError, "modality 'a': .* torch.uint8"),
    "complex numbers": (lambda d: d | {"a": d["a"] + 0j}, TypeError, "modality 'a': .*complex128"),
    "another device": (
        lambda d: d | {"a": d["a"].to(DEVICE)},
        ValueError,
        "'a': .* on cpu as the model, got meta",
    ),
    "masks that are a tensor": (
        lambda d: {"data": d, "masks": torch.ones(5)},
        TypeError,
        "masks: expected a dict",
    ),
    "masks of other modalities": (
        lambda d: {"data": d, "masks": {"a": torch.ones(5)}},
        ValueError,
        r"masks: expected the modalities \['a', 'b', 'c'\], got \['a'\]",
    ),
    "a mask of another length": (
        lambda d: {"data": d, "masks": {m: torch.ones(5 - (m == "b")) for m in d}},
        ValueError,
        r"masks\['b'\]: expected shape \(5,\), one entry a sample or .*, got \(4,\)",
    ),
    "a mask of numbers": (
        lambda d: {"data": d, "masks": {m: torch.full((5,), 0.5) for m in d}},
        ValueError,
        r"masks\['a'\]: expected only 0 and 1",
    ),
    "a mask of words": (
        lambda d: {"data": d, "masks": dict.fromkeys(d, "all")},
        TypeError,
        r"masks\['a'\]: expected a tensor .*got str",
    ),
    "a sample without modalities": (
        lambda d: {"data": d, "masks": {m: torch.tensor([1, 1, 0, 1, 0]) for m in d}},
        ValueError,
        r"masks: samples \[2, 4\] have no observed modality at all",
    ),
}


@pytest.mark.parametrize(
    "method",
    ["forward", "encode", "predict", "inference", "modality_encode", "posterior", "joint_posterior",
     "compute_joint_nll", "compute_joint_nll_paper"],
)  # fmt: skip
@pytest.mark.parametrize("bad", list(BAD_INPUTS))
def test_bad_inputs_are_refused_by_every_method_before_a_network_runs(
    bad: str, method: str, small_model: Callable[..., MoPoE], support_data: Callable[..., Data]
) -> None:
    change, kind, message = BAD_INPUTS[bad]
    model = small_model()
    for encoder in model.encoders.values():
        encoder.register_forward_pre_hook(lambda *_: pytest.fail("an encoder ran"))
    with pytest.raises(kind, match=message):
        getattr(model, method)(change(support_data()))


# What is called on a model with good inputs, the error, and what its message says.
BAD_CALLS: dict[str, tuple[Callable[[MoPoE, Data], Any], type[Exception], str]] = {
    "N of zero": (lambda m, d: m.encode(d, N=0), ValueError, "N: expected at least 1, got 0"),
    "N below zero": (lambda m, d: m.predict(d, N=-3), ValueError, "N: expected at least 1, got -3"),
    "N of one half": (lambda m, d: m.encode(d, N=0.5), TypeError, "N: expected a whole number, got 0.5"),
    "N of True": (lambda m, d: m.encode(d, N=True), TypeError, "N: expected a whole number"),
    "K of zero": (lambda m, d: m.compute_joint_nll(d, K=0), ValueError, "K: expected at least 1, got 0"),
    "K of text": (lambda m, d: m.compute_joint_nll_paper(d, K="9"), TypeError, "K: expected a whole number"),
    "batch_size_K": (
        lambda m, d: m.compute_joint_nll(d, batch_size_K=0),
        ValueError,
        "batch_size_K: expected at least 1, got 0",
    ),
    "n_samples": (lambda m, d: m.generate_from_prior(0), ValueError, "n_samples: expected at least 1, got 0"),
    "cond_mod unknown": (
        lambda m, d: m.encode(d, "x"),
        ValueError,
        r"cond_mod: .*\['a', 'b', 'c'\], got 'x'",
    ),
    "cond_mod with an unknown": (lambda m, d: m.encode(d, ["a", "x"]), ValueError, "cond_mod: .* got 'x'"),
    "cond_mod empty": (lambda m, d: m.encode(d, []), ValueError, r"cond_mod: .* got \[\]"),
    "cond_mod of nothing": (lambda m, d: m.encode(d, None), ValueError, "cond_mod: .* got None"),
    "gen_mod unknown": (lambda m, d: m.predict(d, "a", "x"), ValueError, "gen_mod: .* got 'x'"),
    "subset unknown": (lambda m, d: m.posterior(d, ["x"]), ValueError, "subset: .* got 'x'"),
    "modalities unknown": (
        lambda m, d: m.decode(torch.zeros(1, 2), "x"),
        ValueError,
        "modalities: .* got 'x'",
    ),
    "unknown keyword": (
        lambda m, d: m.encode(d, n=3),
        UserWarning,
        "encode: makes no use of the keyword 'n'",
    ),
    "z of another size": (
        lambda m, d: m.decode(torch.zeros(4, 3)),
        ValueError,
        r"expected z of shape \(\*, 2\), got \(4, 3\)",
    ),
    "z without axes": (lambda m, d: m.decode(torch.tensor(0.0)), ValueError, "embedding"),
    "no z": (
        lambda m, d: m.decode({"w": 3}),
        TypeError,
        "embedding: expected the output of encode or a tensor z",
    ),
    "z that is a list": (lambda m, d: m.decode([0.0, 0.0]), TypeError, "embedding: .* got list"),
    "weights of another length": (
        lambda m, d: m.deterministic_mixture_component_selection(*torch.zeros(2, 3, 4, 2), torch.ones(5)),
        ValueError,
        "component selection: ",
    ),
    "weights by sample": (
        lambda m, d: m.deterministic_mixture_component_selection(*torch.zeros(2, 3, 4, 2), torch.ones(3, 4)),
        ValueError,
        r"w_modalities: expected shape \(S,\), got \(3, 4\)",
    ),
    "different means and variances": (
        lambda m, d: m.random_mixture_component_selection(
            torch.zeros(3, 4, 2), torch.zeros(3, 4, 1), torch.ones(3, 4)
        ),
        ValueError,
        "component selection: ",
    ),
    "nothing available": (
        lambda m, d: m.random_mixture_component_selection(
            *torch.zeros(2, 3, 4, 2), torch.tensor([[1, 0, 1, 0]]).expand(3, -1)
        ),
        ValueError,
        r"component selection: .*samples \[1, 3\]",
    ),
    "negative weights": (
        lambda m, d: m.deterministic_mixture_component_selection(
            *torch.zeros(2, 3, 4, 2), torch.tensor([2.0, -1.0, 0.0])
        ),
        ValueError,
        "component selection: expected weights >= 0",
    ),
    "weights that are NaN": (
        lambda m, d: m.deterministic_mixture_component_selection(
            *torch.zeros(2, 2, 4, 2), torch.tensor([1.0, float("nan")])
        ),
        ValueError,
        "component selection: expected weights >= 0",
    ),
    "experts of two shapes": (
        lambda m, d: product_of_experts(torch.zeros(2, 3, 4), torch.zeros(2, 3, 1)),
        ValueError,
        r"product_of_experts: .*\(2, 3, 4\) and \(2, 3, 1\)",
    ),
    "no experts": (
        lambda m, d: product_of_experts(*torch.zeros(2, 0, 3, 4)),
        ValueError,
        r"product_of_experts: .*E >= 1",
    ),
}


@pytest.mark.parametrize("bad", list(BAD_CALLS))
def test_bad_arguments_are_refused(
    bad: str, small_model: Callable[..., MoPoE], support_data: Callable[..., Data]
) -> None:
    call, kind, message = BAD_CALLS[bad]
    with pytest.raises(kind, match=message):
        call(small_model(), support_data())


@pytest.mark.parametrize(
    ("embedding", "message"),
    [
        (torch.zeros(4, 2), r"modalities_z\['a'\] of shape \(4, 1\), got None"),
        ({"z": torch.zeros(4, 2)}, r"modalities_z\['a'\] of shape \(4, 1\), got None"),
        (
            {"z": torch.zeros(4, 2), "modalities_z": {"a": torch.zeros(4, 1), "b": torch.zeros(3, 2)}},
            r"modalities_z\['b'\] of shape \(4, 2\), got \(3, 2\)",
        ),
    ],
)
def test_latents_without_their_private_part_are_refused(
    embedding: Any, message: str, small_model: Callable[..., MoPoE]
) -> None:
    with pytest.raises(ValueError, match=message):
        small_model(modalities_specific_dim={"a": 1, "b": 2, "c": 3}).decode(embedding)
