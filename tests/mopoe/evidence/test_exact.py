"""Likelihoods of a linear-Gaussian model against the exact answers of plain linear algebra.

The encoders are wide and off the mark on purpose: usable as a proposal, and far enough from the truth that a
wrong denominator, a wrong prior or a mixed-up sample shows.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset
from workbench.datasets import LinearGaussian

DRAWS = (100, 1_000, 10_000)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def random_masks(names: list[str], length: int) -> dict[str, Tensor]:
    """Each entry observed with probability one half, at least one a sample."""
    observed = torch.rand(len(names), length, generator=generator(7)) < 0.5
    observed[torch.arange(length) % len(names), torch.arange(length)] = True
    return dict(zip(names, observed, strict=True))


def exact_log_prob(
    truth: LinearGaussian, data: dict[str, Tensor], masks: dict[str, Tensor] | None, names: list[str]
) -> Tensor:
    """ln p of those of ``names`` that each sample shows; 0 where it shows none."""
    values = []
    for b in range(len(next(iter(data.values())))):
        seen = [m for m in names if masks is None or masks[m][b]]
        one = {m: x[b : b + 1] for m, x in data.items()}
        values.append(truth.log_prob(one, seen)[0] if seen else torch.zeros((), dtype=torch.float64))
    return torch.stack(values)


def questions(names: list[str]) -> list[tuple[list[str], list[str]]]:
    """Every marginal, the joint among them, and every pairwise conditional, as target and condition."""
    marginals = [(list(s), []) for size in range(1, len(names) + 1) for s in combinations(names, size)]
    return marginals + [([target], [given]) for target, given in permutations(names, 2)]


@pytest.mark.parametrize("K", DRAWS)
@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
@pytest.mark.parametrize("n_modalities", [1, 2, 3, 4, 5])
def test_every_marginal_and_pairwise_conditional_meets_the_exact_one(
    n_modalities: int, private: bool, missing: bool, K: int, linear_world: Callable[..., Any]
) -> None:
    """Noisy data, for which 100 draws are enough: mostly worth 50 to 80 independent ones.

    Even so weights are skewed: at K = 100, 2 in 10,000 estimates lie beyond four standard errors, not 0.6.
    """
    length = 2
    world = linear_world(n_modalities, private, length=length, noise=2.0, widening=1.5, shift=0.2)
    names = world.truth.modalities
    masks = random_masks(names, length) if missing else None
    rng = generator()
    for target, given in questions(names):
        shown = torch.ones(length, dtype=torch.bool)
        for part in (target, given):
            if missing and part:
                shown &= torch.stack([masks[m] for m in part]).any(0)
        if not bool(shown.any()):
            continue
        data = {m: x[shown] for m, x in world.data.items()}
        seen = masks and {m: mask[shown] for m, mask in masks.items()}
        inputs = IncompleteDataset(data, seen) if seen else data
        found = world.model.estimate_nll(inputs, target, given or None, K=K, chunk=1_000, generator=rng)
        exact = exact_log_prob(world.truth, data, seen, target + given)
        if given:
            exact = exact - exact_log_prob(world.truth, data, seen, given)
        deviations = (found.nll + exact) / found.standard_error
        assert float(deviations.abs().max()) < 4, (target, given, deviations)


@pytest.mark.parametrize("proposal", ["mixture", "product", "prior", "b", ["a", "c"]], ids=str)
@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
def test_the_error_falls_as_the_draws_grow(
    proposal: str | list[str], private: bool, linear_world: Callable[..., Any]
) -> None:
    world = linear_world(3, private)
    inputs = world.repeated(0, 40)
    exact = -float(world.truth.log_prob(world.data)[0])
    errors, reported = [], []
    for K in DRAWS:
        found = world.model.estimate_nll(inputs, K=K, proposal=proposal, chunk=1_000, generator=generator())
        errors.append(float((found.nll - exact).square().mean().sqrt()))
        reported.append(float(found.standard_error.mean()))
    # A hundred times the draws: a tenth of the error. 40 replications tell an RMS error to 11%.
    assert 5 < errors[0] / errors[2] < 20
    assert 5 < reported[0] / reported[2] < 20
    assert errors[0] > errors[1] > errors[2]


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
@pytest.mark.parametrize("prior_expert", ["full", "all", "none"])
@pytest.mark.parametrize("subsets", ["poe", "moe", [["a"], ["b", "c"]]], ids=str)
def test_every_family_estimates_the_same_likelihood(
    subsets: object, prior_expert: str, missing: bool, linear_world: Callable[..., Any]
) -> None:
    world = linear_world(3, widening=3.0, subsets=subsets, prior_expert=prior_expert)
    masks = random_masks(["a", "b", "c"], 4) if missing else None
    inputs = IncompleteDataset(world.data, masks) if masks else world.data
    exact = exact_log_prob(world.truth, world.data, masks, ["a", "b", "c"])
    for proposal in ("mixture", "product", "prior"):
        found = world.model.estimate_nll(inputs, K=4_000, proposal=proposal, generator=generator(1))
        assert float(((found.nll + exact) / found.standard_error).abs().max()) < 4
        assert float(found.standard_error.max()) < 0.2, "too blunt to find anything"


@pytest.mark.parametrize("subsets", ["poe", "moe", [["a"], ["b", "c"]], {"one": ["c", "a"]}], ids=str)
def test_every_family_answers_every_marginal_and_conditional(
    subsets: object, linear_world: Callable[..., Any]
) -> None:
    """Also where a set leaves some of the configured subsets with nothing."""
    world = linear_world(3, private=True, noise=2.0, subsets=subsets)
    for target, given in [*questions(list("abc")), (["c"], ["a", "b"]), (["a", "b"], ["c"])]:
        touched = all(
            {*part} & {m for s in world.model.subsets.values() for m in s} for part in (target, given) if part
        )
        if not touched:
            continue
        found = world.model.estimate_nll(world.data, target, given or None, generator=generator())
        exact = world.truth.log_prob(world.data, target + given)
        if given:
            exact = exact - world.truth.log_prob(world.data, given)
        assert float(((found.nll + exact) / found.standard_error).abs().max()) < 4, (target, given)
        world.model.estimate_bounds(world.data, target, K=2, repeats=2)


def test_masks_of_what_is_not_asked_for_may_be_absent(linear_world: Callable[..., Any]) -> None:
    world = linear_world(3)
    masks = {"a": torch.tensor([1, 0, 1, 1]), "b": torch.tensor([1, 1, 0, 1])}
    two = IncompleteDataset({m: world.data[m] for m in "ab"}, masks)
    three = IncompleteDataset(world.data, masks | {"c": torch.zeros(4)})
    values = [world.model.estimate_nll(x, ["a", "b"], K=20, generator=generator()).nll for x in (two, three)]
    assert torch.equal(*values)
    assert world.model.encode(two, "a", ignore_incomplete=True).z.shape == (4, 2)


def test_a_set_is_explained_by_what_it_holds_alone(linear_world: Callable[..., Any]) -> None:
    """Modalities that are not asked for may be absent, and are not looked at if they are there."""
    world = linear_world(3)
    spoilt = world.data | {"c": torch.full_like(world.data["c"], torch.nan)}
    only = {m: world.data[m] for m in "ab"}
    for question in ({"target": "a", "given": "b"}, {"target": ["a", "b"]}, {"target": "b"}):
        values = [
            world.model.estimate_nll(inputs, **question, K=50, generator=generator()).nll
            for inputs in (world.data, spoilt, only)
        ]
        assert torch.equal(values[0], values[1]) and torch.equal(values[0], values[2])


@pytest.mark.parametrize("method", ["compute_joint_nll", "compute_joint_nll_paper"])
def test_the_public_methods_sum_the_exact_likelihood_over_the_batch(
    method: str, linear_world: Callable[..., Any]
) -> None:
    world = linear_world(3, private=True)
    total = getattr(world.model, method)(world.data, K=10_000, batch_size_K=1_000, generator=generator(2))
    assert total.ndim == 0 and not total.requires_grad
    # Each sample's error is about 0.01.
    assert abs(float(total) + float(world.truth.log_prob(world.data).sum())) < 0.15


def test_conditionals_are_averaged_over_the_batch_for_each_modality(
    linear_world: Callable[..., Any],
) -> None:
    world = linear_world(4, private=True)
    found = world.model.compute_cond_nll(world.data, ["a", "c"], ["b", "d"], K=10_000, generator=generator(3))
    assert list(found) == ["b", "d"]
    for name, value in found.items():
        exact = world.truth.conditional_log_prob(world.data, [name], ["a", "c"])
        assert abs(float(value) + float(exact.mean())) < 0.06, name


def test_the_mixture_beats_the_product_where_encoders_are_imperfect(linear_world: Callable[..., Any]) -> None:
    """At K = 1,000, over samples and replications; the product of five narrow experts misses the tails."""
    world = linear_world(5, widening=1.0, shift=0.5, length=10)
    inputs = {name: x.repeat(30, 1) for name, x in world.data.items()}
    exact = world.truth.log_prob(inputs)
    errors = {
        proposal: world.model.estimate_nll(inputs, proposal=proposal, generator=generator()).nll + exact
        for proposal in ("mixture", "product")
    }
    squared = {name: error.square() for name, error in errors.items()}
    gap = squared["product"] - squared["mixture"]
    assert float(gap.mean()) > 3 * float(gap.std()) / len(gap) ** 0.5


def test_mixture_and_product_agree(linear_world: Callable[..., Any]) -> None:
    """Wide encoders and no prior expert: the product is then wide enough to be a proposal."""
    world = linear_world(4, length=40, widening=3.0, prior_expert="none")
    mixture, product = (
        world.model.estimate_nll(world.data, proposal=proposal, generator=generator(seed))
        for seed, proposal in enumerate(["mixture", "product"])
    )
    difference = mixture - product
    deviations = difference.value / difference.standard_error
    assert float(deviations.abs().max()) < 4
    assert abs(difference.mean().value) < 4 * difference.mean().monte_carlo_error


def test_perfect_proposals_leave_no_error_at_all(linear_world: Callable[..., Any]) -> None:
    """With one latent dimension a lone encoder is the true posterior, and every weight is p(x)."""
    world = linear_world(1, latent_dim=1, widening=1.0, shift=0.0, prior_expert="none")
    for proposal in ("mixture", "product", "a"):
        found = world.model.estimate_nll(world.data, K=7, proposal=proposal)
        torch.testing.assert_close(found.nll, -world.truth.log_prob(world.data), rtol=1e-12, atol=1e-12)
        assert float(found.standard_error.max()) < 1e-12
        torch.testing.assert_close(found.effective_sample_size, torch.full((4,), 7.0).double())
