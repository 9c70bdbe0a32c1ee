"""The terms of every subset's bound against integrals over a grid, and against the library's own loss."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal

from mopoe import IncompleteDataset
from workbench.datasets import LinearGaussian, linear_gaussian
from workbench.datasets.base import Splits
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.topics.elbo.analysis import objectives, subset_bounds
from workbench.topics.elbo.arrays import SubsetBounds


@pytest.fixture(scope="module")
def splits() -> Splits:
    return linear_gaussian(3, 2, 2, noise=0.9, n_train=1, n_validation=1, n_test=6, seed=3)


def bounds_of(splits: Splits, **options: object) -> SubsetBounds:
    model = linear_gaussian_model(splits.truth, **{"widening": 1.3, "shift": 0.2, **options})
    return subset_bounds(model, splits.truth, splits.test)


def test_terms_are_integrals_over_the_plane(splits: Splits) -> None:
    truth: LinearGaussian = splits.truth
    model = linear_gaussian_model(truth, widening=1.3, shift=0.2)
    found = subset_bounds(model, truth, splits.test)
    axis = torch.linspace(-9, 9, 601, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)
    cell = float(axis[1] - axis[0]) ** 2
    data = {name: x[:1].double() for name, x in splits.test.data.items()}
    mean, covariance = truth.posterior(data)
    prior = MultivariateNormal(torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))
    target = MultivariateNormal(mean[0], covariance)
    for row, subset in enumerate(found.subsets):
        alone = model.posterior(data, list(subset))
        q = Independent(Normal(alone.mean[0], alone.stddev[0]), 1)
        mass = q.log_prob(z).exp() * cell
        for column, name in enumerate(found.modalities):
            predicted = z @ truth.loadings[name].T + truth.offsets[name]
            log_p = Normal(predicted, truth.noise[name]).log_prob(data[name]).sum(-1)
            assert found.explained[row, column, 0] == pytest.approx(float(mass @ log_p), abs=1e-6)
        divergence = float(mass @ (q.log_prob(z) - prior.log_prob(z)))
        gap = float(mass @ (q.log_prob(z) - target.log_prob(z)))
        assert found.divergence[row, 0] == pytest.approx(divergence, abs=1e-6)
        assert found.gaps[row, 0] == pytest.approx(gap, abs=1e-6)


@pytest.mark.parametrize("subsets", ["poe", "moe", "mopoe", [["x0", "x2"], ["x1"]]])
def test_bound_and_gap_make_the_evidence(splits: Splits, subsets: object) -> None:
    found = bounds_of(splits, subsets=subsets, prior_expert="none")
    assert found.elbos + found.gaps == pytest.approx(np.tile(found.evidence, (len(found.subsets), 1)))
    assert found.lost().sum(1) - found.saved() == pytest.approx(found.gaps.mean(1))
    assert found.elbos == pytest.approx(found.explained.sum(1) - found.divergence)
    assert found.best_explained.sum(0) - found.best_divergence == pytest.approx(found.evidence)


def test_sizes_and_table_are_means_over_the_subsets(splits: Splits) -> None:
    found = bounds_of(splits)
    assert found.subsets == [s for k in (1, 2, 3) for s in combinations(("x0", "x1", "x2"), k)]
    assert found.by_size() == pytest.approx(
        {1: found.gaps[:3].mean(), 2: found.gaps[3:6].mean(), 3: found.gaps[6].mean()}
    )
    table = found._repr_markdown_().splitlines()
    assert len(table) == 2 + 7
    assert table[0] == "| subset | x0 explained | x1 explained | x2 explained | − KL | = bound | gap |"
    assert table[-1].startswith("| x0 · x1 · x2 | ") and f"{found.gaps[6].mean():.2f} |" in table[-1]


@pytest.mark.parametrize("beta", [0.0, 1.0, 2.5])
def test_objectives_are_what_minus_the_loss_is_on_average(splits: Splits, beta: float) -> None:
    model = linear_gaussian_model(splits.truth, widening=1.3, shift=0.2, prior_expert="all")
    exact = objectives(model, splits.truth, splits.test, [0.5, beta])
    generator = torch.Generator().manual_seed(0)
    for name, word in (("product", "poe"), ("mixture", "moe"), ("MoPoE", "mopoe")):
        twin = model.sharing_networks(subsets=word, beta=beta)
        losses = torch.stack([twin(splits.test, generator=generator).loss for _ in range(300)])
        assert abs(float(losses.mean()) + exact[name][1]) < 4.5 * float(losses.std()) / 300**0.5


def test_what_has_no_closed_form_here_is_refused(splits: Splits) -> None:
    model = linear_gaussian_model(splits.truth)
    masks = {name: torch.ones(6, dtype=torch.bool) for name in splits.test.data}
    shown = subset_bounds(model, splits.truth, IncompleteDataset(dict(splits.test.data), masks))
    assert (shown.gaps == subset_bounds(model, splits.truth, splits.test).gaps).all()
    next(iter(masks.values()))[0] = False
    with pytest.raises(ValueError, match="dataset: expected complete data"):
        subset_bounds(model, splits.truth, IncompleteDataset(dict(splits.test.data), masks))
    private = linear_gaussian(2, 2, 1, private_dim=1, n_train=1, n_validation=1, n_test=2)
    with pytest.raises(ValueError, match="no private latents"):
        subset_bounds(linear_gaussian_model(private.truth), private.truth, private.test)
