"""posterior and joint_posterior: torch.distributions objects that mean what the model means."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.distributions import Independent, MixtureSameFamily, Normal

from mopoe import IncompleteDataset, MoPoE

SUBSETS = {"a": "a", "b": "b", "c": "c", "ab": "ab", "ac": "ac", "bc": "bc", "abc": "abc"}


def product(experts: dict, names: str, with_prior: bool, b: int) -> Normal:
    precision = sum(1 / experts[m].log_covariance[b].exp() for m in names) + with_prior
    weighted = sum(experts[m].embedding[b] / experts[m].log_covariance[b].exp() for m in names)
    return Normal(weighted / precision, precision**-0.5)


@pytest.mark.parametrize("subset", ["all", "a", ["b"], ["c", "a"], ("a", "b", "c")])
def test_posterior_is_the_product_of_the_experts(
    subset: object, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, data = small_model(subsets="moe"), support_data()
    found = model.posterior(data, subset)
    assert isinstance(found, Independent)
    assert isinstance(found.base_dist, Normal)
    assert (found.batch_shape, found.event_shape) == ((5,), (2,))
    names = "abc" if subset == "all" else "".join(sorted(subset))
    experts = model.modality_encode(data)
    z = torch.randn(5, 2).double()
    for b in range(5):
        expected = product(experts, names, len(names) == 3, b)
        torch.testing.assert_close(found.base_dist.loc[b], expected.loc, rtol=1e-12, atol=1e-13)
        torch.testing.assert_close(found.base_dist.scale[b], expected.scale, rtol=1e-12, atol=0)
        torch.testing.assert_close(
            found.log_prob(z)[b], expected.log_prob(z[b]).sum(), rtol=1e-12, atol=1e-12
        )


def test_posterior_needs_only_its_own_modalities(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, data = small_model(), support_data()
    assert torch.equal(model.posterior({"b": data["b"]}, "b").mean, model.posterior(data, "b").mean)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("missing", [False, True])
def test_density_of_the_mixture_is_the_weighted_sum_of_its_components(
    missing: bool,
    dtype: torch.dtype,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model, data = small_model(dtype=dtype), support_data(dtype=dtype)
    inputs = IncompleteDataset(data, some_masks) if missing else data
    mixture = model.joint_posterior(inputs)
    assert isinstance(mixture, MixtureSameFamily)
    assert (mixture.batch_shape, mixture.event_shape) == ((5,), (2,))
    experts = model.modality_encode(inputs)
    z = 3 * torch.randn(5, 2, generator=torch.Generator().manual_seed(0)).to(dtype)
    found = mixture.log_prob(z)
    for b in range(5):
        seen = {m for m in "abc" if not missing or some_masks[m][b]}
        usable = [names for names in SUBSETS if set(names) <= seen]
        by_hand = torch.logsumexp(
            torch.stack([product(experts, n, n == "abc", b).log_prob(z[b]).sum() for n in usable]), 0
        ) - math.log(len(usable))
        torch.testing.assert_close(found[b], by_hand, rtol=100 * torch.finfo(dtype).eps, atol=0)


def test_an_unobserved_subset_has_no_weight_however_far_the_point(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """A weight of zero that is clamped to float32's epsilon is e^-16 and swamps a narrow posterior's tail."""
    model, data = small_model(subsets="moe", dtype=torch.float32), support_data(dtype=torch.float32)
    with torch.no_grad():
        model.encoders["a"].heads["log_covariance"].bias.fill_(-9)
        model.encoders["a"].heads["log_covariance"].weight.zero_()
        only_a = IncompleteDataset(data, {"a": torch.ones(5), "b": torch.zeros(5), "c": torch.zeros(5)})
        mixture, alone = model.joint_posterior(only_a), model.posterior(only_a, "a")
        far = alone.mean + 1
        assert float(alone.log_prob(far).max()) < -5000
        torch.testing.assert_close(mixture.log_prob(far), alone.log_prob(far))


def test_draws_from_the_mixture_follow_the_weights(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model = small_model()
    with torch.no_grad():
        mixture = model.joint_posterior(IncompleteDataset(support_data(), some_masks))
        torch.manual_seed(0)
        draws = mixture.sample((4000,))
    error = (mixture.variance / 4000) ** 0.5
    assert draws.shape == (4000, 5, 2)
    assert float(((draws.mean(0) - mixture.mean) / error).abs().max()) < 5


def test_gradients_of_the_mixtures_density_are_finite(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model = small_model()
    mixture = model.joint_posterior(IncompleteDataset(support_data(), some_masks))
    mixture.log_prob(torch.ones(5, 2).double()).sum().backward()
    for encoder in model.encoders.values():
        assert all(bool(torch.isfinite(p.grad).all()) for p in encoder.parameters())


def test_the_mixture_leaves_the_callers_random_state_alone(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model, data = small_model(), support_data()
    for inputs in (data, IncompleteDataset(data, some_masks)):
        before = torch.get_rng_state()
        model.joint_posterior(inputs)
        assert torch.equal(torch.get_rng_state(), before)
