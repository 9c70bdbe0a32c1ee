"""An estimate that must not be believed says so wherever it is shown, and one that may be says nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import NLLEstimate, PerSample, Summary
from mopoe.evidence import reliability

WORDS = "not to be believed"
LENGTH = 20


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def bad(linear_world: Callable[..., Any]) -> Any:
    """Encoders that are overconfident, and three standard deviations off."""
    return linear_world(3, length=LENGTH, widening=0.5, shift=3.0)


@pytest.fixture(scope="module")
def good(linear_world: Callable[..., Any]) -> Any:
    return linear_world(3, length=LENGTH)


def estimate(world: Any, K: int = 1000, seed: int = 0, **options: Any) -> NLLEstimate:
    return world.model.estimate_nll(world.data, K=K, generator=generator(seed), **options)


def heavy(found: NLLEstimate) -> int:
    return int((found.pareto_k > 0.7).sum())


def everywhere(world: Any) -> dict[str, str]:
    """All texts of an estimate and of what is made of it."""
    found, other = estimate(world), estimate(world, seed=1, proposal="refined")
    conditional = estimate(world, target="a", given="b")
    bounds = world.model.estimate_bounds(world.data, K=10, repeats=100, generator=generator())
    shown: dict[str, Any] = {
        "estimate": found,
        "mean": found.mean(),
        "sum": found.sum(),
        "conditional": conditional,
        "difference": found - other,
        "mean of the difference": (found - other).mean(),
        "difference of a difference": (found - other) - (other - found),
        "fewer draws": found.fewer_draws(500),
        "mean of fewer draws": found.fewer_draws(500).mean(),
        "what fewer draws change": found.fewer_draws(500) - found,
        "bounds": bounds,
        "L_K": bounds.importance_weighted,
        "mean of L_K": bounds.importance_weighted.mean(),
    }
    texts = {name: str(what) for name, what in shown.items()}
    texts |= {f"repr of {name}": repr(what) for name, what in shown.items()}
    pages = {name: what for name, what in shown.items() if not isinstance(what, Summary)}
    return texts | {f"table of {name}": what._repr_html_() for name, what in pages.items()}


def test_a_bad_proposal_is_told_everywhere(bad: Any) -> None:
    pytest.importorskip("arviz_stats")
    for name, text in everywhere(bad).items():
        assert WORDS in text, name


def test_of_a_good_one_nothing_is_said_anywhere(good: Any) -> None:
    for name, text in everywhere(good).items():
        assert WORDS not in text, name


def test_the_words_count_the_samples(bad: Any) -> None:
    pytest.importorskip("arviz_stats")
    found = estimate(bad)
    few = int((found.effective_sample_size < 10).sum())
    assert heavy(found) > 2 and few > 2
    words = (
        f"{WORDS}: {heavy(found)} of {LENGTH} samples have k̂ > 0.7, {few} have fewer than 10 effective draws"
    )
    assert found.diagnosis == found.mean().diagnosis == found.sum().diagnosis == words
    assert str(found.mean()).endswith(f"); {words}")
    assert "effective draws and k̂" in found._repr_html_()


def test_a_difference_has_the_doubts_of_both_sides(good: Any) -> None:
    first, second = (weighted({0: 0.9, 1: 0.9}), weighted({1: 0.9, 3: 0.9}))
    assert first.diagnosis.startswith(f"{WORDS}: 2 of 5 samples have")
    for gap in (first - second, second - first):
        assert "3 of 5 samples have" in gap.diagnosis
        assert gap.mean().diagnosis == gap.diagnosis
    clean = weighted({})
    assert clean.diagnosis == (clean - clean).diagnosis == ""
    assert (clean - first).diagnosis == (first - clean).diagnosis == first.diagnosis
    exact = PerSample(first.quantity, first.value, first.standard_error, first.fingerprints)
    assert (exact - first).diagnosis == (PerSample.__sub__(first, exact)).diagnosis == first.diagnosis
    assert (exact - exact).diagnosis == ""


def weighted(few: dict[int, float]) -> NLLEstimate:
    """Five samples with a hundred equal weights each, but for those of which one draw has this share."""
    weights = torch.zeros(100, 5, dtype=torch.float64)
    for sample, share in few.items():
        weights[0, sample] = math.log(share / (1 - share) * 99)
    marks = {"a": torch.arange(5).double()}
    return NLLEstimate.of_weights("−ln p(a)", {"p(a)": weights}, "mixture", {"a": "normal"}, marks)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([10.0, 50.0], ""),
        ([9.9, 50.0], f"{WORDS}: 1 of 2 samples has fewer than 10 effective draws (k̂ not judged: why not)"),
        ([9.9, 1.0], f"{WORDS}: 2 of 2 samples have fewer than 10 effective draws (k̂ not judged: why not)"),
        ([3.0], f"{WORDS}: 1 of 1 sample has fewer than 10 effective draws (k̂ not judged: why not)"),
    ],
)
def test_without_a_tail_effective_draws_are_judged_and_the_words_say_so(
    sizes: list[float], words: str
) -> None:
    found = reliability.Reliability(lambda: torch.tensor(sizes), None, "k̂ not judged: why not")
    assert found.diagnosis == words


def test_without_arviz_effective_draws_are_judged(bad: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reliability, "has_arviz", lambda: False)
    found = estimate(bad)
    few = int((found.effective_sample_size < 10).sum())
    assert found.mean().diagnosis == (
        f"{WORDS}: {few} of {LENGTH} samples have fewer than 10 effective draws (k̂ not judged: it needs ArviZ)"
    )
    assert "Pareto" not in found._repr_html_()


def test_k_hat_alone_is_enough_for_doubt() -> None:
    found = reliability.Reliability(lambda: torch.full((3,), 50.0), lambda: torch.tensor([0.71, 0.7, 0.1]))
    assert found.diagnosis == f"{WORDS}: 1 of 3 samples has k̂ > 0.7"
    both = found.with_other(reliability.Reliability(lambda: torch.full((3,), 50.0), None, "k̂ not judged"))
    assert both.diagnosis == found.diagnosis, "what one side knows is said of both"


def test_estimates_side_by_side_count_all_their_samples() -> None:
    parts = [
        reliability.Reliability(lambda: torch.full((3,), 5.0), None, "k̂ not judged"),
        reliability.Reliability(lambda: torch.full((4,), 50.0), None, "k̂ not judged"),
    ]
    words = "3 of 7 samples have fewer than 10 effective draws (k̂ not judged)"
    assert reliability.Reliability.together(parts).reasons == words
    parts[1] = reliability.Reliability(lambda: torch.full((4,), 50.0), lambda: torch.ones(4))
    words = "4 of 7 samples have k̂ > 0.7, 3 have fewer than 10 effective draws"
    assert reliability.Reliability.together(parts).reasons == words


def test_few_draws_cannot_be_believed_and_their_effective_number_is_that_of_a_group(good: Any) -> None:
    found = estimate(good)
    assert found.fewer_draws(5).diagnosis.startswith(
        f"{WORDS}: {LENGTH} of {LENGTH} samples have fewer than 10"
    )
    weights = next(iter(found.log_weights.values())).exp()
    for K in (100, 500):
        groups = [weights[first :: 1000 // K] for first in range(1000 // K)]
        sizes = torch.stack([w.sum(0).square() / w.square().sum(0) for w in groups]).mean(0)
        expected: Tensor = sizes
        less = found.fewer_draws(K).reliability
        assert less is not None
        torch.testing.assert_close(less.effective, expected)


def test_k_hat_is_computed_once_and_only_when_it_is_asked_for(
    good: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("arviz_stats")
    calls: list[int] = []
    real = reliability.pareto_k

    def counted(weights: Tensor) -> Tensor:
        calls.append(len(weights))
        return real(weights)

    monkeypatch.setattr(reliability, "pareto_k", counted)
    found = estimate(good)
    gap = found - found.fewer_draws(100)
    assert found.nll.shape == gap.value.shape and calls == []
    for _ in range(3):
        found.mean(), found.sum(), str(gap), found.fewer_draws(500).mean(), found.pareto_k
    assert calls == [1000]


def test_bounds_over_drawn_subsets_are_judged_by_all_their_draws(bad: Any, good: Any) -> None:
    for world, said in ((bad, True), (good, False)):
        model = world.model.sharing_networks(subsets="sampled", subset_draws=3)
        found = model.estimate_bounds(world.data, K=10, repeats=96, generator=generator())
        reliable = found.importance_weighted.reliability
        assert reliable is not None and found.repeats == 96
        assert bool((reliable.effective < 10).any()) == said == (WORDS in str(found))
        assert not found.generalised.diagnosis and not found.mixture.diagnosis
        assert ("not to be believed as ln p" in found._repr_html_()) == said


def test_a_summary_says_its_diagnosis() -> None:
    assert str(Summary(1.0, 0.5, n=3, diagnosis="not so")) == "1.000 ± 0.5 nats (n = 3); not so"
    assert Summary(1.0, 0.5) != Summary(1.0, 0.5, diagnosis="not so")
