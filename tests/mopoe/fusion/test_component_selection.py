"""Which mixture component each sample is drawn from: balanced, fair, and blind to position."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE
from mopoe.evidence.proposals import MixtureProposal
from mopoe.fusion.subsets import power_set

# Counts of R independent draws deviate from R·w by more than 5 binomial standard deviations with
# probability 6e-7; the seeds are fixed, so a test either always passes or has found something.
SIGMAS = 5
REPEATS = 4000


def numbered(n_components: int, length: int) -> tuple[Tensor, Tensor]:
    """Means and log-variances that carry the number of their component and of their sample."""
    component = torch.arange(n_components, dtype=torch.float64)[:, None].expand(-1, length)
    sample = torch.arange(length, dtype=torch.float64).expand(n_components, -1)
    return torch.stack([component, sample], -1), torch.stack([-component, -sample], -1)


def balanced(model: MoPoE, weights: Tensor, length: int, seed: int) -> Tensor:
    mus, logvars = numbered(len(weights), length)
    generator = torch.Generator().manual_seed(seed)
    mu, logvar = model.deterministic_mixture_component_selection(mus, logvars, weights, generator=generator)
    assert torch.equal(mu, -logvar)
    assert torch.equal(mu[:, 1], torch.arange(length, dtype=torch.float64))
    return mu[:, 0].long()


def available(model: MoPoE, availabilities: Tensor, seed: int) -> Tensor:
    mus, logvars = numbered(*availabilities.shape)
    generator = torch.Generator().manual_seed(seed)
    mu, logvar = model.random_mixture_component_selection(mus, logvars, availabilities, generator=generator)
    assert torch.equal(mu, -logvar)
    assert torch.equal(mu[:, 1], torch.arange(availabilities.shape[1], dtype=torch.float64))
    return mu[:, 0].long()


@given(
    length=st.integers(1, 60),
    weights=st.lists(st.one_of(st.just(0.0), st.floats(0.01, 1)), min_size=1, max_size=40).filter(any),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=150, deadline=None)
def test_counts_match_the_weights_to_within_one_sample(
    small_model: Callable[..., MoPoE], length: int, weights: list[float], seed: int
) -> None:
    w = torch.tensor(weights, dtype=torch.float64)
    w = w / w.sum()
    counts = balanced(small_model(), w, length, seed).bincount(minlength=len(w))
    assert bool(((counts - length * w).abs() < 1).all()), (counts, length * w)
    assert bool((counts[w == 0] == 0).all())


@given(
    patterns=st.lists(st.sets(st.sampled_from("abc"), min_size=1), min_size=1, max_size=50),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=60, deadline=None)
def test_with_masks_each_pattern_of_observed_modalities_is_balanced(
    small_model: Callable[..., MoPoE], patterns: list[set[str]], seed: int
) -> None:
    subsets = power_set("abc")
    availabilities = torch.tensor([[set(subset) <= seen for seen in patterns] for subset in subsets])
    chosen = available(small_model(), availabilities, seed)
    for pattern in set(map(frozenset, patterns)):
        members = torch.tensor([set(seen) == pattern for seen in patterns])
        counts = chosen[members].bincount(minlength=len(subsets))
        share = members.sum() / (2 ** len(pattern) - 1)
        for subset, count in zip(subsets, counts, strict=True):
            assert abs(count - (share if set(subset) <= pattern else 0)) < 1


def test_inference_draws_only_observed_subsets_in_balance(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, length = small_model(prior_expert="none"), 70
    generator = torch.Generator().manual_seed(0)
    seen = torch.rand(3, length, generator=generator) < 0.5
    seen[torch.randint(3, (length,), generator=generator), torch.arange(length)] = True
    data = support_data(length=length)
    found = model.inference(IncompleteDataset(data, dict(zip("abc", seen, strict=True))), generator=generator)
    is_drawn = (found["mus"] == found["joint"][0]).all(-1) & (found["weights"] > 0)
    assert bool((is_drawn.sum(0) == 1).all())
    chosen = is_drawn.int().argmax(0)
    for pattern in seen.unique(dim=1).T:
        members = (seen == pattern[:, None]).all(0)
        for s, subset in enumerate(model.subsets.values()):
            inside = all(bool(pattern["abc".index(m)]) for m in subset)
            expected = members.sum() / (2 ** int(pattern.sum()) - 1) if inside else 0
            assert abs((chosen[members] == s).sum() - expected) < 1


@pytest.mark.parametrize(
    ("length", "weights"),
    [
        (1, [0.5, 0.3, 0.2]),
        (2, [1, 1, 1, 1, 1, 1, 1]),
        (5, [0.05, 0.6, 0.35]),
        (9, [1, 1, 1, 1, 1, 1, 1]),
    ],
    ids=["one sample", "more components than samples", "uneven", "more samples than components"],
)
def test_every_position_meets_every_component_with_exactly_its_weight(
    small_model: Callable[..., MoPoE], length: int, weights: list[float]
) -> None:
    model, w = small_model(), torch.tensor(weights, dtype=torch.float64)
    counts = torch.zeros(len(w), length)
    for seed in range(REPEATS):
        counts[balanced(model, w, length, seed), torch.arange(length)] += 1
    p = (w / w.sum())[:, None]
    z = (counts - REPEATS * p) / (REPEATS * p * (1 - p)).sqrt()
    assert float(z.abs().max()) < SIGMAS, z


def test_with_masks_every_position_meets_its_available_components_alike(
    small_model: Callable[..., MoPoE],
) -> None:
    model = small_model()
    availabilities = torch.tensor(
        [[1, 0, 1, 1, 1, 0], [1, 1, 0, 0, 1, 0], [1, 1, 0, 0, 1, 1]], dtype=torch.bool
    )
    counts = torch.zeros(3, 6)
    for seed in range(REPEATS):
        counts[available(model, availabilities, seed), torch.arange(6)] += 1
    p = availabilities / availabilities.sum(0)
    assert bool((counts[p == 0] == 0).all())
    assert bool((counts[p == 1] == REPEATS).all())
    free = (p > 0) & (p < 1)
    z = (counts - REPEATS * p)[free] / (REPEATS * p * (1 - p))[free].sqrt()
    assert float(z.abs().max()) < SIGMAS, z


def test_two_samples_of_one_batch_are_not_drawn_alike_everywhere(small_model: Callable[..., MoPoE]) -> None:
    """Half of a batch of four on each of two components: each of the six ways to deal them is as likely."""
    model, w = small_model(), torch.tensor([0.5, 0.5], dtype=torch.float64)
    ways = torch.zeros(16)
    for seed in range(REPEATS):
        ways[int((balanced(model, w, 4, seed) * torch.tensor([8, 4, 2, 1])).sum())] += 1
    dealt = ways[ways > 0]
    assert len(dealt) == 6
    assert float(((dealt - REPEATS / 6) / (REPEATS * 5 / 36) ** 0.5).abs().max()) < SIGMAS


def test_float_weights_that_do_not_sum_to_one_serve_as_proportions(small_model: Callable[..., MoPoE]) -> None:
    counts = balanced(small_model(), torch.tensor([3.0, 1.0]), 8, 0).bincount()
    assert counts.tolist() == [6, 2]


def test_the_generator_decides_and_without_one_torch_does(small_model: Callable[..., MoPoE]) -> None:
    model, w = small_model(), torch.ones(5)
    assert torch.equal(balanced(model, w, 30, 1), balanced(model, w, 30, 1))
    assert not torch.equal(balanced(model, w, 30, 1), balanced(model, w, 30, 2))
    mus, logvars = numbered(5, 30)
    draws = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        draws.append(model.deterministic_mixture_component_selection(mus, logvars, w)[0])
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize("n", [1, 2, 3, 10, 101])
def test_importance_draws_are_stratified_over_the_components_of_each_sample(n: int) -> None:
    weights = torch.tensor([[0.5, 0.2, 1.0], [0.3, 0.8, 0.0], [0.2, 0.0, 0.0]], dtype=torch.float64)
    mus = torch.arange(3.0, dtype=torch.float64)[:, None, None].expand(3, 3, 1)
    proposal = MixtureProposal(mus, torch.full_like(mus, -40), weights)
    drawn = proposal.sample(n, torch.Generator().manual_seed(n))[..., 0].round().long()
    assert drawn.shape == (n, 3)
    for b in range(3):
        counts = drawn[:, b].bincount(minlength=3)
        assert bool(((counts - n * weights[:, b]).abs() < 1).all())
        assert bool((counts[weights[:, b] == 0] == 0).all())
