"""Likelihoods of the decoders: densities against torch.distributions, supports, rescaling."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Distribution, Laplace, Normal

from mopoe import MoPoE, MoPoEConfig
from mopoe.likelihoods import make_likelihood
from tests.mopoe.likelihoods.examples import EXAMPLES, WORDS


@pytest.mark.parametrize("leading", [(), (6,), (2, 3)])
@pytest.mark.parametrize("kind", WORDS)
def test_log_probabilities_agree_with_torch(
    kind: str, leading: tuple[int, ...], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    for shape in ((3,), (2, 2), (1,), (2, 3, 4, 5)):
        target = support_data(kind, dims={"x": shape})["x"]
        likelihood = make_likelihood(kind, EXAMPLES[kind].params, "x").double()
        recon = 3 * torch.randn(
            *leading,
            5,
            *likelihood.recon_dims(shape),
            dtype=torch.float64,
            generator=torch.Generator().manual_seed(2),
        )
        expected = EXAMPLES[kind].log_prob(recon, target.expand(*leading, *target.shape))
        expected = expected.reshape(*leading, 5, -1).sum(-1)
        torch.testing.assert_close(likelihood.total(recon, target), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("kind", "oracle"), [("normal", Normal), ("laplace", Laplace)])
@pytest.mark.parametrize("scale", [0.01, 0.75, 3])
def test_scales_are_those_of_torch(kind: str, oracle: type[Distribution], scale: float) -> None:
    recon, target = torch.randn(2, 4, 3, dtype=torch.float64).unbind()
    found = make_likelihood(kind, {"scale": scale}, "x").log_prob(recon, target)
    torch.testing.assert_close(found, oracle(recon, scale).log_prob(target), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("logit", [-800.0, -37.0, -21.0, -3.0, 0.0, 3.0, 21.0, 37.0, 800.0])
@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_bernoulli_is_exact_for_every_logit(logit: float, outcome: float) -> None:
    """Against ln σ(±logit); a softplus cut off at 20 is wrong by 2e-9 there."""
    recon = torch.tensor([logit], dtype=torch.float64, requires_grad=True)
    found = make_likelihood("bernoulli", None, "x").log_prob(recon, torch.tensor([outcome]).double())
    signed = torch.tensor(logit if outcome else -logit, dtype=torch.float64)
    torch.testing.assert_close(found[0], torch.nn.functional.logsigmoid(signed), rtol=1e-12, atol=2e-14)
    found.sum().backward()
    torch.testing.assert_close(
        recon.grad[0], outcome - torch.sigmoid(torch.tensor(logit).double()), atol=1e-15, rtol=0
    )


def test_bits_of_every_type_are_explained_alike() -> None:
    logits, bits = torch.tensor([2.0, 2.0]), torch.tensor([0, 1])
    expected = Bernoulli(logits=logits).log_prob(bits.float())
    for dtype in (torch.uint8, torch.bool, torch.int64):
        found = make_likelihood("bernoulli", {}, "x").log_prob(logits, bits.to(dtype))
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("kind", WORDS)
def test_means_are_those_of_torch(kind: str) -> None:
    likelihood = make_likelihood(kind, EXAMPLES[kind].params, "x").double()
    recon = 3 * torch.randn(4, *likelihood.recon_dims((3,)), dtype=torch.float64)
    torch.testing.assert_close(likelihood.mean(recon), EXAMPLES[kind].mean(recon))


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (
            "bernoulli",
            0.5,
            "expected targets 0 or 1 for a bernoulli likelihood, got 0.5; .*'continuous_bernoulli'",
        ),
        ("bernoulli", -1.0, "got -1"),
        ("bernoulli", float("nan"), "got nan"),
        ("categorical", 0.5, "one-hot targets"),
        ("categorical", 1.0, "sums from 1 to 2"),
        ("categorical", float("nan"), "one-hot targets"),
        ("normal", float("nan"), "expected finite values, got 1 that are NaN or infinite"),
        ("normal", float("inf"), "expected finite values"),
        ("laplace", float("-inf"), "expected finite values"),
    ],
)
@pytest.mark.parametrize("method", ["forward", "compute_joint_nll", "compute_joint_nll_paper"])
def test_a_target_outside_the_support_is_refused_by_the_modality(
    method: str,
    kind: str,
    value: float,
    message: str,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    model, data = small_model(decoders_dist=dict.fromkeys("abc", kind)), support_data(kind)
    lowest = data["b"].flatten().argmin()
    data["b"].view(-1)[lowest] = value
    with pytest.raises(ValueError, match=r"modality 'b': .*" + message):
        getattr(model, method)(data)


def test_an_overflowing_sum_of_finite_targets_is_no_error(small_model: Callable[..., MoPoE]) -> None:
    model = small_model(input_dims={"a": (2,)}, dtype=torch.float32)
    model({"a": torch.full((1, 2), 3e38)})


def test_a_categorical_without_any_one_is_refused(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, data = small_model(decoders_dist=dict.fromkeys("abc", "categorical")), support_data("categorical")
    data["c"][0, 0] = 0
    with pytest.raises(ValueError, match=r"modality 'c': .*one-hot"):
        model(data)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float32])
@pytest.mark.parametrize("kind", ["bernoulli", "categorical"])
def test_counts_of_any_type_are_read(
    kind: str,
    dtype: torch.dtype,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    model, data = small_model(decoders_dist=dict.fromkeys("abc", kind)), support_data(kind)
    losses = [
        model({m: x.to(t) for m, x in data.items()}, generator=torch.Generator().manual_seed(0)).loss
        for t in (torch.float64, dtype)
    ]
    assert torch.equal(*losses)


def test_a_function_gets_two_tensors_of_one_shape_wherever_it_is_called(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    seen = []

    def log_prob(recon: Tensor, target: Tensor) -> Tensor:
        seen.append((tuple(recon.shape), tuple(target.shape)))
        return -((recon - target) ** 2)

    model, data = small_model(decoders_dist={"b": log_prob}), support_data()
    model(data)
    model.compute_joint_nll(data, K=6, batch_size_K=4)
    model.compute_joint_nll_paper({m: x[:1] for m, x in data.items()}, K=3)
    assert [recon for recon, _ in seen] == [(5, 2, 2), (20, 2, 2), (10, 2, 2), (3, 2, 2)]
    assert all(recon == target for recon, target in seen)


@pytest.mark.parametrize("axes", ["all", "some", "none left"])
def test_a_function_may_keep_or_sum_any_axes_but_the_batch(
    axes: str, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    def log_prob(recon: Tensor, target: Tensor) -> Tensor:
        by_element = Normal(recon, 1.0).log_prob(target)
        return {"all": by_element, "some": by_element.sum(-1), "none left": by_element.sum((-2, -1))}[axes]

    data = support_data()
    for method in ("forward", "compute_joint_nll"):
        own, standard = (
            getattr(small_model(decoders_dist=kinds), method)(
                data, generator=torch.Generator().manual_seed(0)
            )
            for kinds in ({"b": log_prob}, None)
        )
        own, standard = (x.loss if method == "forward" else x for x in (own, standard))
        torch.testing.assert_close(own, standard, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    "reduce", [Tensor.sum, Tensor.mean, lambda t: t.sum(0)], ids=["sum", "mean", "batch axis"]
)
def test_a_function_that_sums_over_the_batch_is_refused(
    reduce: Callable[[Tensor], Tensor],
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    model = small_model(decoders_dist={"b": lambda recon, target: reduce(-((recon - target) ** 2))})
    with pytest.raises(ValueError, match="expected a tensor that starts with the batch axis 5"):
        model(support_data())


def test_rescaling_weighs_each_modality_by_the_largest_size_over_its_own(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    data = support_data()
    plain, default, given, off = (
        small_model(**settings)(data, generator=torch.Generator().manual_seed(0))
        for settings in (
            {},
            {"uses_likelihood_rescaling": True},
            {"uses_likelihood_rescaling": True, "rescale_factors": {"a": 3, "b": 0.0, "c": 0.25}},
            {"uses_likelihood_rescaling": False, "rescale_factors": {"a": 3, "b": 0.0, "c": 0.25}},
        )
    )
    for output, factors in (
        (default, {"a": 6 / 3, "b": 6 / 4, "c": 6 / 6}),
        (given, {"a": 3, "b": 0, "c": 0.25}),
        (off, {"a": 1, "b": 1, "c": 1}),
    ):
        for name, factor in factors.items():
            torch.testing.assert_close(
                output.metrics[f"recon_{name}"], factor * plain.metrics[f"recon_{name}"]
            )
        total = output.metrics.joint_divergence + sum(output.metrics[f"recon_{m}"] for m in "abc")
        torch.testing.assert_close(output.loss, total)


def test_rescaling_does_not_touch_the_likelihood_estimate(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    estimates = [
        small_model(uses_likelihood_rescaling=on, beta=beta).compute_joint_nll(
            support_data(), K=5, generator=torch.Generator().manual_seed(0)
        )
        for on, beta in ((False, 1.0), (True, 9.0))
    ]
    assert torch.equal(*estimates)


def test_factors_of_images_and_text_are_those_of_their_sizes() -> None:
    config = MoPoEConfig(
        2, input_dims={"image": (3, 28, 28), "text": (8, 71)}, uses_likelihood_rescaling=True
    )
    assert config.factors(["image", "text"]) == {"image": 1.0, "text": 2352 / 568}
