"""Subsets drawn at random: each as probable as its distribution says, whatever was observed."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mopoe.fusion.sampled import SUBSET_DISTRIBUTIONS, draw_subsets

CPU = torch.device("cpu")


def probability(distribution: str, subset: tuple[int, ...], n_observed: int) -> float:
    if distribution == "sampled":
        return 1 / (2**n_observed - 1)
    return 1 / (n_observed * math.comb(n_observed, len(subset)))


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def as_sets(rows: Tensor) -> list[tuple[int, ...]]:
    return [tuple(row.nonzero().flatten().tolist()) for row in rows]


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("distribution", SUBSET_DISTRIBUTIONS)
def test_every_subset_is_as_probable_as_its_distribution_says(distribution: str, n: int) -> None:
    """Of four modalities, and for a sample that shows three of them, over 6,000 calls."""
    calls, noise = 6_000, generator(0)
    observed = torch.tensor([[1, 1], [1, 0], [1, 1], [1, 1]], dtype=torch.bool)
    found: list[Counter[tuple[int, ...]]] = [Counter(), Counter()]
    for _ in range(calls):
        drawn = draw_subsets(distribution, n, 4, observed, CPU, noise)
        for b, counter in enumerate(found):
            counter.update(as_sets(drawn[:, b]))
    for counter, seen in zip(found, ([0, 1, 2, 3], [0, 2, 3]), strict=True):
        assert len(counter) == 2 ** len(seen) - 1
        for subset, count in counter.items():
            assert set(subset) <= set(seen)
            p = probability(distribution, subset, len(seen))
            # Stratified draws vary less than independent ones, whose standard deviation this is.
            assert abs(count / (calls * n) - p) < 4.5 * math.sqrt(p / (calls * n))


@given(
    st.integers(1, 40),
    st.integers(1, 32),
    st.sampled_from(list(SUBSET_DISTRIBUTIONS)),
    st.integers(0, 10_000),
)
@settings(max_examples=60, deadline=None)
def test_sizes_come_up_as_often_as_they_should_to_within_one(
    n: int, m: int, distribution: str, seed: int
) -> None:
    drawn = draw_subsets(distribution, n, m, None, CPU, generator(seed))
    assert drawn.shape == (n, m) and bool(drawn.any(1).all())
    sizes = Counter(drawn.sum(1).tolist())
    for size in range(1, m + 1):
        expected = n * math.comb(m, size) * probability(distribution, tuple(range(size)), m)
        assert abs(sizes[size] - expected) < 1 + 1e-6


@given(
    st.integers(1, 6), st.integers(1, 8), st.sampled_from(list(SUBSET_DISTRIBUTIONS)), st.integers(0, 10_000)
)
@settings(max_examples=40, deadline=None)
def test_nothing_unobserved_is_ever_drawn(n: int, length: int, distribution: str, seed: int) -> None:
    observed = torch.rand(7, length, generator=generator(seed)) < 0.4
    observed[3] |= ~observed.any(0)
    drawn = draw_subsets(distribution, n, 7, observed, CPU, generator(seed))
    assert drawn.shape == (n, length, 7)
    assert bool(drawn.any(-1).all())
    assert not bool((drawn & ~observed.T).any())


def test_a_complete_batch_draws_alike_with_and_without_masks() -> None:
    everything = torch.ones(6, 3, dtype=torch.bool)
    for distribution in SUBSET_DISTRIBUTIONS:
        together = draw_subsets(distribution, 20, 6, None, CPU, generator(4))
        each = draw_subsets(distribution, 20, 6, everything, CPU, generator(4))
        assert torch.equal(each, together[:, None].expand(-1, 3, -1))
