"""Likelihoods where other single entries are missing in every sample, against those of a linear-Gaussian model.

Masks are drawn once, by a fixed seed: each entry is hidden with probability 0.4, and some samples lack a whole
modality besides. What is drawn anew in each replication is the latents of the importance sampling alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, pairwise, permutations
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset

LENGTH = 12
REPLICATIONS = 300


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def entry_masks(data: dict[str, Tensor], seed: int = 5) -> dict[str, Tensor]:
    """Another pattern in every sample; samples 0, 1, … lack the first, the second, … modality too, each keeps one."""
    rng, names = generator(seed), list(data)
    masks = {name: torch.rand(x.shape, generator=rng) < 0.6 for name, x in data.items()}
    for i, name in enumerate(names):
        masks[name][i] = False
        masks[names[i - 1]][i, 0] = True
    for i in range(len(names), len(next(iter(data.values())))):
        masks[names[i % len(names)]][i, -1] = True
    return masks


def questions(names: list[str]) -> list[tuple[list[str], list[str]]]:
    marginals = [(list(s), []) for size in range(1, len(names) + 1) for s in combinations(names, size)]
    return marginals + [([target], [given]) for target, given in permutations(names, 2)]


def exact(
    world: Any,
    data: Mapping[str, Tensor],
    masks: Mapping[str, Tensor],
    target: Sequence[str] | None = None,
    given: Sequence[str] = (),
) -> Tensor:
    """ln p of what was observed of ``target``, of all by default, given what was observed of ``given``."""
    if given:
        return world.truth.conditional_log_prob(data, target, given, masks)
    return world.truth.log_prob(data, target, masks)


@pytest.mark.parametrize("missing", ["masks", "nan"])
@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
@pytest.mark.parametrize("subsets", ["poe", "moe", "mopoe", "sampled"])
def test_joint_marginal_and_conditional_meet_the_exact_ones(
    subsets: str, private: bool, missing: str, linear_world: Callable[..., Any]
) -> None:
    # Without a prior expert and wide, so that the product too covers the posterior; see docs/likelihoods.md.
    config: dict[str, Any] = {"subsets": subsets, "prior_expert": "none"}
    world = linear_world(3, private, LENGTH, noise=2.0, widening=4.0, **config)
    masks, rng = entry_masks(world.data), generator()
    for target, given in questions(world.truth.modalities):
        parts = [part for part in (target, given) if part]
        shown = torch.stack([torch.stack([masks[m].any(1) for m in part]).any(0) for part in parts]).all(0)
        assert shown.any()
        data, seen = ({m: x[shown] for m, x in of.items()} for of in (world.data, masks))
        inputs = IncompleteDataset(data, seen)
        if missing == "nan":
            shells = torch.stack([mask.any(1) for mask in seen.values()])
            assert not shells.all(), "some sample lacks a whole modality"
            marked = {m: x.where(seen[m], torch.nan) for m, x in data.items()}
            inputs = IncompleteDataset(marked, missing="nan")
        found = world.model.estimate_nll(inputs, target, given or None, K=1_600, chunk=400, generator=rng)
        deviations = (found.nll + exact(world, data, seen, target, given)) / found.standard_error
        assert float(deviations.abs().max()) < 4, (target, given, deviations)
        assert float(found.standard_error.max()) < 0.2, "too blunt to find anything"


@pytest.mark.parametrize("proposal", ["mixture", "product", "refined", "prior", "b", ["a", "c"]], ids=str)
def test_every_proposal_meets_the_exact_likelihood(
    proposal: str | list[str], linear_world: Callable[..., Any]
) -> None:
    world = linear_world(3, True, LENGTH, noise=2.0, widening=3.0, prior_expert="none")
    masks = entry_masks(world.data)
    found = world.model.estimate_nll(
        IncompleteDataset(world.data, masks), K=2_000, proposal=proposal, chunk=500, generator=generator(1)
    )
    deviations = (found.nll + world.truth.log_prob(world.data, masks=masks)) / found.standard_error
    assert float(deviations.abs().max()) < 4
    assert float(found.standard_error.max()) < 0.2, "too blunt to find anything"


QUESTIONS: dict[str, dict[str, Any]] = {
    "joint": {},
    "marginal": {"target": ["a", "c"]},
    "conditional": {"target": ["b"], "given": ["a", "c"]},
}


@pytest.mark.parametrize("question", list(QUESTIONS))
@pytest.mark.parametrize("proposal", ["mixture", "product"])
@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
def test_error_bars_are_honest(
    private: bool, proposal: str, question: str, linear_world: Callable[..., Any]
) -> None:
    """z-scores of 300 replications of one sample: their mean is known to ±0.06, their standard deviation to ±4%.

    The sample and its missing entries stay the same; the 300 times 1,000 latents are drawn.
    """
    world = linear_world(3, private, LENGTH, noise=2.0, widening=4.0, prior_expert="none")
    asked, sample = QUESTIONS[question], 5
    masks = {name: mask[sample].expand(REPLICATIONS, -1) for name, mask in entry_masks(world.data).items()}
    assert all(bool(mask.any()) for mask in masks.values()) and not all(
        bool(mask.all()) for mask in masks.values()
    )
    data = world.repeated(sample, REPLICATIONS)
    found = world.model.estimate_nll(
        IncompleteDataset(data, masks), **asked, proposal=proposal, chunk=1_000, generator=generator()
    )
    scores = (found.nll + exact(world, data, masks, **asked)) / found.standard_error
    assert abs(float(scores.mean())) < 0.2
    assert 0.85 < float(scores.std()) < 1.15


@pytest.mark.slow
@pytest.mark.parametrize("question", list(QUESTIONS))
def test_error_bars_are_honest_over_samples_and_patterns(
    question: str, linear_world: Callable[..., Any]
) -> None:
    """The same with 300 samples, each with missing entries of its own: data, masks and latents are drawn."""
    world = linear_world(3, True, REPLICATIONS, noise=2.0, widening=4.0, prior_expert="none")
    masks, asked = entry_masks(world.data), QUESTIONS[question]
    shown = masks["b"].any(1) & (masks["a"].any(1) | masks["c"].any(1))
    data, seen = ({m: x[shown] for m, x in of.items()} for of in (world.data, masks))
    assert len(torch.cat(list(seen.values()), 1).unique(dim=0)) > 50
    found = world.model.estimate_nll(
        IncompleteDataset(data, seen), **asked, K=4_000, chunk=1_000, generator=generator()
    )
    scores = (found.nll + exact(world, data, seen, **asked)) / found.standard_error
    assert abs(float(scores.mean())) < 0.25
    assert 0.85 < float(scores.std()) < 1.15


@pytest.mark.parametrize("subsets", ["mopoe", "moe"])
def test_bounds_are_ordered_and_below_the_exact_likelihood(
    subsets: str, linear_world: Callable[..., Any]
) -> None:
    world = linear_world(3, False, LENGTH, noise=2.0, subsets=subsets)
    masks = entry_masks(world.data)
    found = world.model.estimate_bounds(
        IncompleteDataset(world.data, masks), K=20, repeats=400, chunk=1_000, generator=generator(2)
    )
    rising = [found.generalised, found.mixture, found.importance_weighted]
    exact = world.truth.log_prob(world.data, masks=masks)
    for lower, upper in pairwise(rising):
        slack = 4 * torch.hypot(lower.standard_error, upper.standard_error)
        assert bool((lower.value < upper.value + slack).all())
    last = rising[-1]
    assert bool((last.value < exact + 4 * last.standard_error).all())
    assert float((exact - last.value).max()) < 0.2, "20 draws come near"


def test_differences_are_paired_and_refuse_other_masks(linear_world: Callable[..., Any]) -> None:
    world, other = (
        linear_world(3, length=LENGTH, noise=2.0),
        linear_world(3, length=LENGTH, noise=2.0, shift=0.6),
    )
    masks = entry_masks(world.data)
    inputs = IncompleteDataset(world.data, masks)
    first, second = (
        w.model.estimate_nll(inputs, generator=generator(s)) for s, w in enumerate((world, other))
    )
    difference = first - second
    assert float((difference.value / difference.standard_error).abs().max()) < 4
    assert difference.mean().standard_error < 0.3 * first.mean().standard_error
    one_more = {name: mask.clone() for name, mask in masks.items()}
    where = tuple((~one_more["b"]).nonzero()[4].tolist())
    one_more["b"][where] = True
    for spoilt in (IncompleteDataset(world.data, one_more), world.data):
        with pytest.raises(ValueError, match=r"but modality '[ab]' differs"):
            first - other.model.estimate_nll(spoilt, K=10, generator=generator())


def test_a_missing_zero_is_not_an_observed_one_even_among_large_numbers(
    linear_world: Callable[..., Any],
) -> None:
    world = linear_world(2, length=4, noise=2.0)
    data = {name: x.clone() for name, x in world.data.items()}
    data["a"][0], data["b"][2, 1] = 1e7, 0.0
    hidden = torch.ones(4, 3, dtype=torch.bool)
    hidden[2, 1] = False
    masks = {"a": torch.ones(4), "b": hidden}
    estimates = [
        world.model.estimate_nll(x, "b", K=10, generator=generator())
        for x in (data | {"b": 1e7 * data["b"]}, IncompleteDataset(data | {"b": 1e7 * data["b"]}, masks))
    ]
    with pytest.raises(ValueError, match="modality 'b' differs"):
        estimates[0] - estimates[1]


def test_masks_that_say_the_same_in_other_shapes_are_the_same_samples(
    linear_world: Callable[..., Any],
) -> None:
    world = linear_world(2, length=4, noise=2.0)
    a = torch.tensor([True, False, True, True])
    forms = [
        IncompleteDataset(world.data, {"a": a, "b": torch.ones(4)}),
        IncompleteDataset(world.data, {"a": a[:, None].expand(4, 2), "b": torch.ones(4, 3)}),
    ]
    first, second = (world.model.estimate_nll(x, K=10, generator=generator()) for x in forms)
    assert float((first - second).value.abs().max()) < 1e-9
