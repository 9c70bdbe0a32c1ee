"""Bad questions to the likelihood: refused before any draw, with what came and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE

REFUSED = {
    "no draws": ({"K": 0}, ValueError, "K: expected at least 1, got 0"),
    "negative draws": ({"K": -3}, ValueError, "K: expected at least 1, got -3"),
    "half a draw": ({"K": 2.5}, TypeError, "K: expected a whole number, got 2.5"),
    "no chunk": ({"chunk": 0}, ValueError, "chunk: expected at least 1, got 0"),
    "an empty set": ({"target": []}, ValueError, r"target: expected 'all', a modality or a list"),
    "an empty condition": ({"target": "a", "given": []}, ValueError, r"given: expected 'all', a modality"),
    "an unknown set": ({"target": ["a", "x"]}, ValueError, r"target: .* among \['a', 'b', 'c'\], got 'x'"),
    "an unknown condition": ({"target": "a", "given": "x"}, ValueError, "given: .* got 'x'"),
    "an overlap": (
        {"target": ["a", "b"], "given": ["b", "c"]},
        ValueError,
        r"given: expected modalities other than in target, got \['b'\] in both",
    ),
    "everything given": ({"given": "a"}, ValueError, r"given: .* got \['a'\] in both"),
    "an unknown proposal": (
        {"proposal": "mixtur"},
        ValueError,
        "proposal: expected one of 'mixture', .* got 'mixtur'",
    ),
    "an empty proposal": ({"proposal": []}, ValueError, r"proposal: expected one of 'mixture', .* got \[\]"),
    "all as a proposal": (
        {"proposal": "all"},
        ValueError,
        "proposal: expected one of 'mixture', .* got 'all'",
    ),
    "an unknown modality to propose": ({"proposal": ["x"]}, ValueError, r"proposal: .* got \['x'\]"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_bad_questions_are_refused_before_anything_is_decoded(
    case: str, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    asked, error, match = REFUSED[case]
    model = small_model()
    touched: list[Any] = []
    for network in (*model.encoders.values(), *model.decoders.values()):
        network.register_forward_pre_hook(lambda *_: touched.append(1))
    with pytest.raises(error, match=match):
        model.estimate_nll(support_data(), **asked)
    assert not touched


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda m, d: m.compute_joint_nll(d, K=0), "K: expected at least 1, got 0"),
        (lambda m, d: m.compute_joint_nll(d, batch_size_K=0), "batch_size_K: expected at least 1, got 0"),
        (lambda m, d: m.compute_joint_nll_paper(d, K=-1), "K: expected at least 1, got -1"),
        (
            lambda m, d: m.compute_cond_nll(d, "a", ["a", "b"]),
            "subset: .* other than in pred_mods, got .'a'.",
        ),
        (lambda m, d: m.compute_cond_nll(d, [], ["b"]), "subset: expected 'all', a modality or a list"),
        (lambda m, d: m.compute_cond_nll(d, "a", "x"), "pred_mods: .* got 'x'"),
        (lambda m, d: m.compute_cond_nll(d, "a", "b", batch_size_K=0), "batch_size_K: expected at least 1"),
        (lambda m, d: m.estimate_bounds(d, K=0), "K: expected at least 1, got 0"),
        (lambda m, d: m.estimate_bounds(d, repeats=0), "repeats: expected at least 1, got 0"),
        (lambda m, d: m.estimate_bounds(d, "x"), "target: .* got 'x'"),
        (lambda m, d: m.estimate_nll(d, K=6).fewer_draws(4), "K: expected a divisor of the 6 draws, got 4"),
        (lambda m, d: m.estimate_nll({"a": d["a"]}), "got none called 'b'"),
        (lambda m, d: m.estimate_nll({"a": d["a"]}, "a", proposal="b"), "got none called 'b'"),
    ],
)
def test_the_public_methods_name_their_own_arguments(
    call: Callable[..., Any],
    match: str,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    with pytest.raises(ValueError, match=match):
        call(small_model(), support_data())


def test_samples_that_show_nothing_of_what_is_asked_are_named(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    inputs = IncompleteDataset(support_data(), some_masks)
    with pytest.raises(ValueError, match=r"target: expected some of \['a'\] .* samples \[2, 3\] show none"):
        small_model().estimate_nll(inputs, "a")
    with pytest.raises(ValueError, match=r"given: expected some of \['b'\] .* samples \[1, 3\] show none"):
        small_model().estimate_nll(inputs, ["a", "c"], "b")
    with pytest.raises(ValueError, match=r"target: expected some of \['b'\] .* samples \[1, 3\] show none"):
        small_model().estimate_bounds(inputs, "b")


def test_a_set_that_no_configured_subset_touches_is_refused_for_the_mixture_alone(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model = small_model(subsets=[["a"], ["a", "b"]])
    seen = torch.ones(20)
    masks = {"a": 1 - torch.eye(20)[18], "b": 1 - torch.eye(20)[18], "c": seen}
    with pytest.raises(
        ValueError, match=r"some of \['a', 'b', 'c'\] .* samples \[18\] show; use proposal 'product'"
    ):
        model.estimate_nll(IncompleteDataset(support_data(length=20), masks))
    for ask in (model.estimate_nll, model.estimate_bounds):
        with pytest.raises(ValueError, match=r"with some of \['c'\] .* samples \[0, 1, 2, 3, 4\]"):
            ask(support_data(), "c")
    assert bool(torch.isfinite(model.estimate_nll(support_data(), "c", proposal="product", K=3).nll).all())


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_decoder_that_breaks_is_named_with_the_samples(
    value: float, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """Sample 18, in the second block of samples: its latents alone reach the hole in the decoder."""
    model, data = small_model(), support_data(length=20)
    data["a"][18] = 100.0

    def far(module: Any, args: Any, output: Any) -> Any:
        output["embedding"] = torch.where(args[0][:, :1] == 100, 1e5, output.embedding)
        output["log_covariance"] = torch.zeros_like(output.log_covariance)
        return output

    def hole(module: Any, args: Any, output: Any) -> Any:
        broken = args[0].abs().amax(-1) > 1e3
        output["reconstruction"] = output.reconstruction.masked_fill(broken.reshape(-1, 1, 1), value)
        return output

    model.encoders["a"].register_forward_hook(far)
    model.decoders["b"].register_forward_hook(hole)
    with pytest.raises(ValueError, match=r"expected finite .* modality 'b' for samples \[18\]"):
        model.estimate_nll(data, K=5)


def test_an_encoder_that_breaks_is_named_with_the_samples(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, data = small_model(), support_data(length=20)

    def hole(module: Any, args: Any, output: Any) -> Any:
        output["log_covariance"] = output.log_covariance.masked_fill(
            args[0].isclose(data["c"][17]).flatten(1).all(1)[:, None], torch.nan
        )
        return output

    model.encoders["c"].register_forward_hook(hole)
    for proposal in ("mixture", "product", "c"):
        with pytest.raises(ValueError, match=r"encoders\['c'\]: expected finite .* samples \[17\]"):
            model.estimate_nll(data, K=5, proposal=proposal)
    assert bool(torch.isfinite(model.estimate_nll(data, K=5, proposal="prior").nll).all())
    assert bool(torch.isfinite(model.estimate_nll(data, ["a", "b"], K=5).nll).all())


def test_weights_that_are_all_zero_are_refused_and_some_zeros_are_not(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """A density of compact support: a draw outside it weighs nothing, as it should."""

    def uniform(recon: Tensor, target: Tensor) -> Tensor:
        inside = ((recon - target).abs() < width).flatten(1).all(1)
        return torch.where(inside, 0.0, -torch.inf)

    model = small_model(decoders_dist={"a": uniform})
    data = support_data()
    width = 6.0
    assert bool(torch.isfinite(model.estimate_nll(data, K=100).nll).all())
    width = 1e-9
    with pytest.raises(ValueError, match=r"all 100 draws of samples \[0, 1, 2, 3, 4\] have weight zero"):
        model.estimate_nll(data, K=100)


def test_targets_outside_the_support_are_refused(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model = small_model(decoders_dist={"a": "bernoulli"})
    with pytest.raises(ValueError, match="modality 'a'"):
        model.estimate_nll(support_data(), "a")
