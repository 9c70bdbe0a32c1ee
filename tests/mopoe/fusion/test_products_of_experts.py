"""Products of Gaussian experts: against numerical integration, plain loops, and each other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from torch import Tensor
from torch.distributions import Normal
from torch.utils._python_dispatch import TorchDispatchMode

from mopoe import product_of_experts, subset_products
from mopoe.fusion.subsets import membership_matrix, power_set
from mopoe.fusion.sums import subset_sums


def experts(seed: int, n_modalities: int, length: int = 3, size: int = 2) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    mus, logvars = torch.randn(
        2, n_modalities, length, size, dtype=torch.float64, generator=generator
    ).unbind()
    return 2 * mus, 2 * logvars


def random_membership(seed: int, n_subsets: int, n_modalities: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    membership = torch.rand(n_subsets, n_modalities, generator=generator) < 0.5
    membership[torch.arange(n_subsets), torch.randint(n_modalities, (n_subsets,), generator=generator)] = True
    return membership


@pytest.mark.parametrize("with_prior", [False, True])
@pytest.mark.parametrize("n_experts", [1, 2, 3])
def test_moments_of_a_product_agree_with_numerical_integration(n_experts: int, with_prior: bool) -> None:
    mus, logvars = experts(n_experts, n_experts, 1, 1)
    everyone = torch.ones(1, n_experts, dtype=torch.bool)
    mu, logvar = subset_products(mus, logvars, everyone, torch.tensor([with_prior]))

    factors = [Normal(m, (v / 2).exp()) for m, v in zip(mus.flatten(), logvars.flatten(), strict=True)]
    factors += [Normal(torch.tensor(0.0).double(), torch.tensor(1.0).double())] * with_prior

    def density(z: float) -> float:
        return math.exp(sum(float(q.log_prob(torch.tensor(z, dtype=torch.float64))) for q in factors))

    def moment(power: int, centre: float = 0.0) -> float:
        return quad(lambda z: density(z) * (z - centre) ** power, -25, 25, points=[float(mu)], limit=200)[0]

    mean = moment(1) / moment(0)
    assert float(mu) == pytest.approx(mean, rel=1e-8)
    assert math.exp(float(logvar)) == pytest.approx(moment(2, mean) / moment(0), rel=1e-7)


@given(st.integers(1, 5), st.integers(0, 10_000), st.booleans())
@settings(max_examples=30, deadline=None)
def test_power_set_doubling_matrix_product_and_plain_loop_agree(
    n_modalities: int, seed: int, shuffled: bool
) -> None:
    values = torch.randn(
        n_modalities, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
    )
    names = [str(m) for m in range(n_modalities)]
    membership = membership_matrix(power_set(names), names)
    if shuffled:
        order = torch.randperm(len(membership), generator=torch.Generator().manual_seed(seed))
        membership = membership[order]
    doubled = subset_sums(values, membership)
    # A repeated row makes it no power set, so this one goes through the matrix product.
    multiplied = subset_sums(values, torch.cat([membership, membership[:1]]))[:-1]
    looped = torch.stack(
        [sum(v for v, member in zip(values, row, strict=True) if member) for row in membership]
    )
    torch.testing.assert_close(doubled, looped, rtol=1e-13, atol=1e-14)
    torch.testing.assert_close(multiplied, looped, rtol=1e-13, atol=1e-14)


@given(st.integers(1, 4), st.integers(1, 9), st.integers(0, 10_000), st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_subset_agrees_with_the_textbook_formula(
    n_modalities: int, n_subsets: int, seed: int, masked: bool
) -> None:
    mus, logvars = experts(seed, n_modalities)
    membership = random_membership(seed, n_subsets, n_modalities)
    prior = random_membership(seed + 1, 1, n_subsets)[0]
    observed = random_membership(seed + 2, 3, n_modalities).T if masked else None
    got_mus, got_logvars = subset_products(mus, logvars, membership, prior, observed)
    for s, b in itertools.product(range(n_subsets), range(3)):
        members = [
            m for m in range(n_modalities) if membership[s, m] and (observed is None or observed[m, b])
        ]
        precision = sum(1 / logvars[m, b].exp() for m in members) + (1.0 if prior[s] else 0.0)
        mean = sum(mus[m, b] / logvars[m, b].exp() for m in members) / (precision if members else 1)
        variance = 1 / precision if members else torch.ones(2).double()
        torch.testing.assert_close(got_mus[s, b], torch.zeros(2).double() + mean, rtol=1e-12, atol=1e-13)
        torch.testing.assert_close(got_logvars[s, b], variance.log(), rtol=1e-12, atol=1e-13)


@given(st.permutations(range(4)), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_permuting_the_modalities_permutes_nothing_but_the_subsets(order: list[int], seed: int) -> None:
    mus, logvars = experts(seed, 4)
    names = list("abcd")
    permuted = [names[i] for i in order]
    by_set = {}
    for label, (use, these) in {"given": (list(range(4)), names), "permuted": (order, permuted)}.items():
        subsets = power_set(these)
        found = subset_products(mus[use], logvars[use], membership_matrix(subsets, these))
        by_set[label] = {frozenset(s): (found[0][i], found[1][i]) for i, s in enumerate(subsets)}
    assert by_set["given"].keys() == by_set["permuted"].keys()
    for subset, pair in by_set["given"].items():
        torch.testing.assert_close(pair, by_set["permuted"][subset], rtol=1e-12, atol=1e-13)


@given(st.integers(1, 5), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_product_is_at_least_as_sharp_as_each_expert_and_lies_between_them(
    n_experts: int, seed: int
) -> None:
    mus, logvars = experts(seed, n_experts)
    mu, logvar = product_of_experts(mus, logvars)
    assert bool((logvar <= logvars.min(0).values + 1e-12).all())
    assert bool((mu >= mus.min(0).values - 1e-12).all() and (mu <= mus.max(0).values + 1e-12).all())


def test_a_product_of_one_expert_is_that_expert() -> None:
    mus, logvars = experts(0, 1)
    torch.testing.assert_close(product_of_experts(mus, logvars), (mus[0], logvars[0]), rtol=1e-14, atol=1e-15)


def test_leading_axes_of_experts_are_free() -> None:
    mus, logvars = experts(0, 3, 4 * 5, 2)
    flat = product_of_experts(mus, logvars)
    shaped = product_of_experts(mus.reshape(3, 4, 5, 2), logvars.reshape(3, 4, 5, 2))
    torch.testing.assert_close(shaped, tuple(t.reshape(4, 5, 2) for t in flat), rtol=0, atol=0)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("whole_power_set", [False, True])
def test_gradients_of_subset_products_pass_gradcheck(whole_power_set: bool, masked: bool) -> None:
    mus, logvars = (t.requires_grad_() for t in experts(3, 3))
    names = list("abc")
    subsets = power_set(names) if whole_power_set else [("a",), ("a", "c")]
    membership = membership_matrix(subsets, names)
    prior = torch.arange(len(subsets)) % 2 == 0
    observed = torch.tensor([[1, 0, 1], [1, 1, 0], [0, 1, 0]], dtype=torch.bool) if masked else None
    assert torch.autograd.gradcheck(
        lambda m, v: subset_products(m, v, membership, prior, observed), (mus, logvars)
    )


def test_an_unobserved_expert_gets_a_gradient_of_exactly_zero_even_if_it_is_nan() -> None:
    mus, logvars = experts(4, 2)
    mus[1, 0], logvars[1, 0] = math.nan, math.inf
    mus.requires_grad_()
    logvars.requires_grad_()
    observed = torch.tensor([[1, 1, 1], [0, 1, 1]], dtype=torch.bool)
    membership = membership_matrix(power_set(list("ab")), list("ab"))
    found = subset_products(mus, logvars, membership, None, observed)
    (found[0].sum() + found[1].sum()).backward()
    for tensor in (mus, logvars):
        assert bool((tensor.grad[1, 0] == 0).all())
        assert bool(torch.isfinite(tensor.grad).all())
        assert bool((tensor.grad[0] != 0).any())


class CountOperations(TorchDispatchMode):
    """Counts the tensor operations that run inside it."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(
        self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        self.count += 1
        return function(*args, **(kwargs or {}))


def operations(n_modalities: int, membership: Tensor) -> int:
    mus, logvars = experts(0, n_modalities)
    with CountOperations() as counter:
        subset_products(mus, logvars, membership, torch.ones(len(membership)))
    return counter.count


def test_the_number_of_operations_does_not_grow_with_the_number_of_subsets() -> None:
    assert operations(6, random_membership(0, 2, 6)) == operations(6, random_membership(0, 60, 6))
    by_modalities = [
        operations(m, membership_matrix(power_set(range(m)), list(range(m)))) for m in (2, 4, 6, 8, 10)
    ]
    steps = {later - earlier for earlier, later in itertools.pairwise(by_modalities)}
    assert len(steps) == 1, by_modalities  # linear in M, while the subsets grow from 3 to 1,023


def test_sums_over_any_subsets_are_the_exact_ones_rounded_once() -> None:
    """1 + 2^-24 + 2^-24 in float32, term by term, is 1; the exact sum is a float32."""
    values = torch.tensor([1, 2**-24, 2**-24])[:, None]
    membership = torch.tensor([[True, True, True], [True, False, False]])
    assert subset_sums(values, membership).squeeze().tolist() == [1 + 2**-23, 1]
    assert subset_sums(values, membership).dtype == torch.float32
