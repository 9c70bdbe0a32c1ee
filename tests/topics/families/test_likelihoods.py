"""Likelihoods in the family explorer, held against closed forms and plain NumPy; and whether to believe them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch

from mopoe import IncompleteDataset, Summary
from workbench.topics.families.analysis import FamilyAnalysis
from workbench.topics.families.arrays import FamilyNLL, Gap, NLLCurve
from workbench.topics.families.explorer import explore_families
from workbench.topics.families.gaps_figure import verdict
from workbench.topics.families.state import DRAWS, FamilyState


def curves(explorer) -> dict[str, NLLCurve]:
    return explorer.current.likelihoods.curves


def test_joint_likelihoods_are_the_closed_forms(explorer, truth, data):
    exact = -float(truth.log_prob({name: data.data[name][4:5] for name in truth.modalities}))
    assert explorer.current.likelihoods.quantity == "−ln p(a, b, c)"
    for curve in curves(explorer).values():
        assert abs(curve.values[-1] - exact) < 4 * curve.errors[-1] + 1e-3
        assert curve.errors[-1] < 0.2


def test_conditional_likelihoods_are_the_closed_forms(explorer, truth, data):
    explorer.state.target = "imagined"
    sample = {name: data.data[name][4:5] for name in truth.modalities}
    exact = float(truth.log_prob(sample, ["a", "b"]) - truth.log_prob(sample))
    assert explorer.current.likelihoods.quantity == "−ln p(c | a, b)"
    for curve in curves(explorer).values():
        assert abs(curve.values[-1] - exact) < 4 * curve.errors[-1] + 1e-3


def test_means_over_images(explorer, truth, data):
    explorer.state.n_images = 16
    exact = -float(truth.log_prob({name: x[:16] for name, x in data.data.items()}).mean())
    assert explorer.current.likelihoods.images == 16
    for curve in curves(explorer).values():
        assert abs(curve.values[-1] - exact) < 4 * curve.errors[-1] + 1e-3


def test_fewer_draws_come_from_the_same_draws(explorer, models, data):
    """Redone in NumPy: groups of every (1024/K)-th draw, their bound and how many of them count."""
    generator = torch.Generator().manual_seed(0)
    for name, model in models.items():
        log_weights = model.estimate_nll(data[4:5], K=1024, chunk=1024, generator=generator).log_weights
        (only,) = log_weights.values()
        weights = np.exp(only.numpy()[:, 0])
        for K, value, count in zip(
            DRAWS, curves(explorer)[name].values, curves(explorer)[name].count, strict=True
        ):
            groups = [weights[start :: 1024 // K] for start in range(1024 // K)]
            assert value == pytest.approx(-np.mean([np.log(group.mean()) for group in groups]), abs=1e-9)
            sizes = [group.sum() ** 2 / (group**2).sum() for group in groups]
            assert count == pytest.approx(np.mean(sizes), rel=1e-9)


def test_differences_are_paired(models, truth, data):
    analysis = FamilyAnalysis({name: [model] for name, model in models.items()}, data)
    state = FamilyState(truth.modalities, len(data), shown=["a"], n_images=16, K=1024)
    found = analysis.likelihoods(state)
    generator, each = torch.Generator().manual_seed(0), {}
    for name, model in models.items():
        each[name] = model.estimate_nll(data[:16], K=1024, chunk=1024, generator=generator)
    assert [(gap.second, gap.first) for gap in found.gaps[1024]] == list(combinations(models, 2))
    for gap in found.gaps[1024]:
        by_image = (each[gap.first].nll - each[gap.second].nll).numpy()
        assert gap.mean.value == pytest.approx(by_image.mean(), abs=1e-9)
        assert gap.mean.standard_error == pytest.approx(by_image.std(ddof=1) / 4, rel=1e-9)
        squares = each[gap.first].standard_error ** 2 + each[gap.second].standard_error ** 2
        assert gap.mean.monte_carlo_error == pytest.approx(float(squares.sum().sqrt()) / 16, rel=1e-9)
        assert gap.error == gap.mean.standard_error


def test_for_one_image_there_is_only_the_error_of_the_draws(explorer):
    for gap in explorer.current.likelihoods.gaps[256]:
        assert np.isnan(gap.mean.standard_error)
        assert gap.error == gap.mean.monte_carlo_error > 0


def test_few_draws_are_not_believed(explorer):
    assert all(curve.believable(1024) for curve in curves(explorer).values())
    assert "believe it</text>" not in explorer.panels["nll"].body
    explorer.state.K = 4
    assert not any(curve.believable(4) for curve in curves(explorer).values())
    assert explorer.panels["nll"].body.count("do not believe it") == 3
    assert "too few draws count" in explorer.panels["differences"].body
    assert "(4 draws, " in explorer.question()


@pytest.mark.parametrize(("count", "tail", "sure"), [(10, 0.7, True), (9.9, 0.1, False), (90, 0.71, False)])
def test_what_is_believed(count, tail, sure):
    curve = NLLCurve([2], np.zeros(1), np.zeros(1), np.array([count]), tail)
    assert curve.believable(2) == sure
    assert FamilyNLL("", 1, {"A": curve}, {}).believable(2) == sure


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (-2.0, "A is better than B"),
        (2.0, "B is better than A"),
        (1.9, "A or B: cannot tell"),
        (0.0, "A or B: cannot tell"),
    ],
)
def test_a_verdict_needs_an_interval_without_zero(value, said):
    assert verdict(Gap("A", "B", Summary(value, np.nan, monte_carlo_error=1.0))) == said


def test_of_how_many_images_each_modality_is_part_is_said(models, data):
    seen = {"a": torch.arange(20) % 4 > 0, "b": torch.ones(20), "c": torch.ones(20)}
    words = "a in 3 of 4"
    explorer = explore_families(models, IncompleteDataset(data.data, seen), n_images=4)
    assert explorer.current.likelihoods.observed == words
    assert words in explorer.panels["nll"].text()
    explorer = explore_families(models, data, n_images=4)
    assert explorer.current.likelihoods.observed == "" and "a in " not in explorer.panels["nll"].text()
