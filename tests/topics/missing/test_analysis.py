"""Missing modalities beside exact answers, and what must never matter."""

from __future__ import annotations

import pytest
import torch

from mopoe import MoPoE, MultimodalBaseDataset
from workbench.datasets import LinearGaussian, hide_entries, hide_modalities, linear_gaussian
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.topics.missing.analysis import (
    alone,
    changes_by_values_under_the_mask,
    loss_by_observed,
    nll_by_observed,
    subset_weights,
    with_other_values_under_the_mask,
)
from workbench.topics.missing.complete_cases import complete_cases


@pytest.fixture(scope="module")
def data() -> MultimodalBaseDataset:
    splits = linear_gaussian(3, 2, 2, n_train=1, n_validation=1, n_test=60, seed=3)
    return hide_modalities(splits.test, 0.5, seed=1)


@pytest.fixture(scope="module")
def truth() -> LinearGaussian:
    return linear_gaussian(3, 2, 2, n_train=1, n_validation=1, n_test=1, seed=3).truth


def make(truth: LinearGaussian, **options: object) -> MoPoE:
    return linear_gaussian_model(truth, widening=1.5, shift=0.3, prior_expert="none", **options)


def test_a_sample_is_weighed_over_the_subsets_of_what_it_shows(truth: LinearGaussian) -> None:
    found = subset_weights(make(truth))
    assert len(found.subsets) == len(found.observed) == 7
    for column, shown in enumerate(found.observed):
        within = [set(subset) <= set(shown) for subset in found.subsets]
        expected = [1 / (2 ** len(shown) - 1) if inside else 0.0 for inside in within]
        assert found.weights[:, column] == pytest.approx(expected)


def test_the_product_of_everything_falls_back_on_what_is_there(truth: LinearGaussian) -> None:
    assert (subset_weights(make(truth, subsets="poe")).weights == 1).all()


def test_values_change_under_the_mask_and_nowhere_else(data: MultimodalBaseDataset) -> None:
    before = {name: values.clone() for name, values in data.data.items()}
    changed = with_other_values_under_the_mask(data, seed=0)
    assert hasattr(data, "masks")
    for name, seen in data.masks.items():
        assert torch.equal(changed.data[name][seen], before[name][seen])
        assert bool((changed.data[name][~seen] != before[name][~seen]).all())
        assert torch.equal(data.data[name], before[name])


def test_what_stands_under_the_mask_changes_nothing(
    truth: LinearGaussian, data: MultimodalBaseDataset
) -> None:
    assert changes_by_values_under_the_mask(make(truth), data, K=10, seed=0) == {"loss": 0, "NLL": 0}


def test_a_change_that_matters_would_be_seen(truth: LinearGaussian, data: MultimodalBaseDataset) -> None:
    model = make(truth)

    def without_masks(data, generator):
        return MoPoE.forward(model, MultimodalBaseDataset(data.data), generator)

    model.forward = without_masks
    assert changes_by_values_under_the_mask(model, data, K=10, seed=0)["loss"] > 1


def test_the_marginal_model_is_that_of_its_modalities(truth: LinearGaussian) -> None:
    x, _, _ = truth.sample(5, seed=1)
    both = ("x0", "x2")
    torch.testing.assert_close(alone(truth, both).log_prob(x, both), truth.log_prob(x, both))
    assert alone(truth, both).modalities == ["x0", "x2"]


@pytest.mark.slow
def test_the_loss_is_that_of_a_model_of_what_was_observed(
    truth: LinearGaussian, data: MultimodalBaseDataset
) -> None:
    found = loss_by_observed(make(truth), truth, data, repeats=200, seed=0)
    assert sum(found.n) == len(data) and len(found.observed) == 7
    assert abs(found.standardised).max() < 4
    # The prior of the *full* subset is none of the smaller models' business, and they are told apart.
    other = make(truth).sharing_networks(prior_expert="full")
    apart = loss_by_observed(other, truth, data, repeats=200, seed=0).standardised
    assert abs(apart[:-1]).max() > 4 and abs(apart[-1]) < 4


def test_the_nll_is_the_exact_marginal_one(truth: LinearGaussian, data: MultimodalBaseDataset) -> None:
    found = nll_by_observed(make(truth), truth, data, K=300, seed=0)
    assert found.error.max() < 0.1
    assert abs(found.standardised).max() < 4
    shown = found.observed.index(("x1",))
    assert hasattr(data, "masks")
    rows = data.masks["x1"] & ~data.masks["x0"] & ~data.masks["x2"]
    assert found.n[shown] == int(rows.sum())
    marginal = torch.distributions.MultivariateNormal(*truth.marginal(["x1"]))
    assert found.exact[shown] == pytest.approx(
        -float(marginal.log_prob(data.data["x1"][rows].double()).mean())
    )


def test_complete_data_are_refused(truth: LinearGaussian, data: MultimodalBaseDataset) -> None:
    whole = MultimodalBaseDataset(data.data)
    for ask in (
        lambda: with_other_values_under_the_mask(whole, 0),
        lambda: nll_by_observed(make(truth), truth, whole, 10, 0),
    ):
        with pytest.raises(ValueError, match="with masks"):
            ask()


def test_entries_are_held_against_exact_answers_as_modalities_are(truth: LinearGaussian) -> None:
    """The loss against exact bounds, and −ln p, of the numbers that each sample shows."""
    splits = linear_gaussian(model=truth, n_train=1, n_validation=1, n_test=80, seed=3)
    data = hide_entries(hide_modalities(splits.test, 0.4, seed=1), 0.4, seed=2)
    model = make(truth)
    for found in (
        loss_by_observed(model, truth, data, repeats=400, seed=0),
        nll_by_observed(model, truth, data, K=2_000, seed=0),
    ):
        assert sum(found.n) == 80
        assert abs(found.standardised).max() < 4
    changed = with_other_values_under_the_mask(data, seed=0)
    for name, seen in data.masks.items():
        assert torch.equal(changed.data[name][seen], data.data[name][seen])
        assert bool((changed.data[name][~seen] != data.data[name][~seen]).all())
    assert changes_by_values_under_the_mask(model, data, K=5, seed=0) == {"loss": 0, "NLL": 0}
    data = hide_entries(splits.test, 0.2, seed=2)
    whole = complete_cases(data)
    rows = torch.cat(list(data.masks.values()), 1).all(1)
    assert not hasattr(whole, "masks") and torch.equal(whole.data["x0"], data.data["x0"][rows])
