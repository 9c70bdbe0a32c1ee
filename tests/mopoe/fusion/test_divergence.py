"""The divergence of all components in one pass, and its gradient, against each component by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mopoe import MoPoE, kl_to_standard_normal
from mopoe.fusion import divergence as module
from mopoe.fusion.divergence import mixture_divergence
from mopoe.fusion.mixture import SubsetMixture
from mopoe.fusion.selection import component_weights
from mopoe.fusion.subsets import membership_matrix, power_set
from mopoe.fusion.sums import binary_order


def slow(mus: Tensor, logvars: Tensor, mixture: SubsetMixture, observed: Tensor | None) -> Tensor:
    """Sample by sample and subset by subset, each expert of which something was observed."""
    length = mus.shape[1]
    weights = mixture.dense_weights(length, mus.dtype)
    values = []
    for b in range(length):
        value = 0 * mus.sum()  # with a gradient, also where nothing of any subset was observed
        for s in range(len(mixture)):
            row = mixture.membership[s] if mixture.membership.ndim == 2 else mixture.membership[s, b]
            joins = (
                mixture.prior_experts[s] if mixture.prior_experts.ndim == 1 else mixture.prior_experts[s, b]
            )
            members = [m for m in range(len(mus)) if row[m] and (observed is None or observed[m, b])]
            precision = sum((torch.exp(-logvars[m, b]) for m in members), mus.new_zeros(mus.shape[2])) + int(
                joins
            )
            if not members:
                continue  # N(0, I) itself
            mean = sum(torch.exp(-logvars[m, b]) * mus[m, b] for m in members) / precision
            value = value + weights[s, b] * kl_to_standard_normal(mean, -torch.log(precision))
        values.append(value)
    return torch.stack(values)


def random_mixture(kind: str, n: int, length: int, observed: Tensor | None, prior: str) -> SubsetMixture:
    names = [str(m) for m in range(n)]
    membership = membership_matrix(power_set(names), names)
    order = torch.randperm(len(membership))
    if kind == "some":
        order = order[: max(1, len(order) // 2)]
    membership = membership[order]
    if kind == "own":
        membership = torch.rand(4, length, n) < 0.6
        membership[..., 0] |= ~membership.any(-1)
    whole = membership.all(-1)
    joins = whole if prior == "full" else torch.full_like(whole, prior == "all")
    weights = None
    if observed is not None and kind != "own":
        weights = component_weights(torch.cat([membership, torch.ones(1, n, dtype=torch.bool)]), observed)[
            :-1
        ]
        weights = weights + 1e-3
        weights = weights / weights.sum(0)
    return SubsetMixture(
        membership, joins, weights, binary_order(membership) if membership.ndim == 2 else None
    )


@given(
    st.integers(1, 4),
    st.integers(1, 5),
    st.sampled_from(["all", "some", "own"]),
    st.booleans(),
    st.sampled_from(["full", "all", "none"]),
    st.integers(1, 40),
    st.integers(0, 10_000),
)
@settings(max_examples=80, deadline=None)
def test_value_and_gradient_are_those_of_each_component_by_itself(
    n: int, length: int, kind: str, missing: bool, prior: str, at_once: int, seed: int
) -> None:
    with torch.random.fork_rng(), pytest.MonkeyPatch.context() as patch:
        torch.manual_seed(seed)
        patch.setitem(module._AT_ONCE, "cpu", at_once)
        mus, logvars = torch.randn(2, n, length, 3, dtype=torch.float64).unbind()
        observed = None
        if missing:
            observed = torch.rand(n, length) < 0.6
            observed[0] |= ~observed.any(0)
        mixture = random_mixture(kind, n, length, observed, prior)
        upstream = torch.randn(length, dtype=torch.float64)
        results = []
        for divergence in (mixture_divergence, slow):
            leaves = [t.clone().requires_grad_() for t in (mus, logvars)]
            value = divergence(*leaves, mixture, observed)
            results.append((value.detach(), *torch.autograd.grad(value, leaves, upstream, allow_unused=True)))
        for got, expected in zip(*results, strict=True):
            expected = torch.zeros_like(got) if expected is None else expected
            torch.testing.assert_close(got, expected, rtol=1e-11, atol=1e-12)
        with torch.no_grad():
            torch.testing.assert_close(
                mixture_divergence(mus, logvars, mixture, observed), results[1][0], rtol=1e-11, atol=1e-12
            )


@pytest.mark.parametrize("kind", ["all", "some", "own"])
def test_the_gradient_has_a_gradient(kind: str) -> None:
    torch.manual_seed(0)
    leaves = [t.clone().requires_grad_() for t in torch.randn(2, 3, 2, 2, dtype=torch.float64)]
    mixture = random_mixture(kind, 3, 2, None, "full")
    assert torch.autograd.gradgradcheck(lambda *x: mixture_divergence(*x, mixture, None), leaves)


def test_single_precision_is_single_precise_where_a_posterior_is_nearly_the_prior() -> None:
    """KL is the small rest of terms near 1, which must not drown in their rounding."""
    logvars = torch.full((1, 1, 512), 1e-3)
    mixture = SubsetMixture(torch.ones(1, 1, dtype=torch.bool), torch.zeros(1, dtype=torch.bool))
    exact = 256 * (math.expm1(1e-3) - 1e-3)
    got = float(mixture_divergence(torch.zeros_like(logvars), logvars, mixture, None))
    assert abs(got - exact) < 512 * 2**-23


def test_memory_of_a_step_does_not_grow_with_the_number_of_subsets(small_model: Callable[..., MoPoE]) -> None:
    """What a step keeps for its gradient, for the power set and for one subset alone."""
    dims: dict[str, tuple[int, ...]] = {f"m{i}": (2,) for i in range(8)}
    data = {name: torch.randn(64, 2) for name in dims}

    def kept(**settings: Any) -> int:
        model = small_model(dtype=torch.float32, input_dims=dims, latent_dim=16, **settings)
        total = 0

        def note(tensor: Tensor) -> Tensor:
            nonlocal total
            total += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
            model(data)
        return total

    assert kept(subsets="mopoe") < 1.05 * kept(subsets="poe")
