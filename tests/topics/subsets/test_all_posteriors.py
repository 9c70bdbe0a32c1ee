"""Beliefs of subsets against torch.distributions, and groups of samples against loops."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.topics.subsets.all_posteriors import subset_beliefs
from workbench.topics.subsets.arrays import rates_by, rates_in

DIMS = {"a": (3,), "b": (4,), "c": (2,)}


class FirstIsPositive:
    def classify(self, data: Tensor, /) -> Tensor:
        return (data[:, 0] > 0).long()


READERS = {"a": FirstIsPositive(), "c": FirstIsPositive()}


def small_model(**config: Any) -> MoPoE:
    torch.manual_seed(0)
    return MoPoE(MoPoEConfig(3, 2, DIMS, **config)).eval()


@pytest.fixture
def data() -> MultimodalBaseDataset:
    generator = torch.Generator().manual_seed(1)
    tensors = {name: torch.randn(12, *dims, generator=generator) for name, dims in DIMS.items()}
    return MultimodalBaseDataset(tensors, (tensors["a"][:, 0] > 0).long())


def product(model: MoPoE, data: MultimodalBaseDataset, subset: tuple[str, ...]) -> Normal:
    """By hand, from the experts: precisions and weighed means are added one by one; the full one has the prior."""
    experts = model.modality_encode(data[:])
    precision = torch.full((len(data), 2), float(len(subset) == 3))
    weighed = torch.zeros(len(data), 2)
    for name in subset:
        of_expert = 1 / experts[name].log_covariance.exp()
        precision, weighed = precision + of_expert, weighed + of_expert * experts[name].embedding
    return Normal(weighed / precision, precision**-0.5)


@pytest.mark.parametrize("family", ["mopoe", "poe", "moe"])
def test_nats_and_distances_are_those_of_products_made_by_hand(
    family: str, data: MultimodalBaseDataset
) -> None:
    model = small_model(subsets=family)
    found = subset_beliefs(model, data, READERS, n_draws=1)
    everything = ("a", "b", "c")
    assert found.subsets == [s for n in (1, 2, 3) for s in combinations(everything, n)]
    full = product(model, data, everything)
    for row, subset in enumerate(found.subsets):
        belief = product(model, data, subset)
        kl = kl_divergence(belief, Normal(0.0, 1.0)).sum(1).detach().numpy()
        np.testing.assert_allclose(found.kl[row], kl, rtol=1e-4, atol=1e-5)
        distance = kl_divergence(full, belief).sum(1).detach().numpy()
        np.testing.assert_allclose(found.distance[row], distance, rtol=1e-4, atol=1e-5)
    for (one, other), values in found.disagreement.items():
        p, q = product(model, data, (one,)), product(model, data, (other,))
        both = (kl_divergence(p, q) + kl_divergence(q, p)).sum(1) / 2
        np.testing.assert_allclose(values, both.detach().numpy(), rtol=1e-4, atol=1e-5)


def test_shares_name_the_prior_where_it_is_an_expert(data: MultimodalBaseDataset) -> None:
    model = small_model()
    found = subset_beliefs(model, data, READERS, n_draws=1)
    assert list(found.shares["a", "b"]) == ["a", "b"]
    assert list(found.shares["a", "b", "c"]) == ["a", "b", "c", "prior"]
    assert found.shares["b",] == {"b": pytest.approx(1)}
    experts = model.modality_encode(data[:])
    precisions = [1 / experts[name].log_covariance.exp() for name in ("a", "b", "c")]
    share = (precisions[1] / (sum(precisions) + 1)).mean().detach()
    assert found.shares["a", "b", "c"]["b"] == pytest.approx(float(share), rel=1e-5)


@pytest.mark.slow
def test_right_is_the_share_of_draws_read_as_the_label(data: MultimodalBaseDataset) -> None:
    """By many independent draws: 12 samples × 300, standard error below 0.03 each, five of them allowed."""
    model = small_model()
    found = subset_beliefs(model, data, READERS, n_draws=300, seed=3)
    again = subset_beliefs(model, data, READERS, n_draws=300, seed=3)
    assert data.labels is not None
    generator = torch.Generator().manual_seed(9)
    for row, subset in enumerate(found.subsets):
        belief = product(model, data, subset)
        noise = torch.randn(300, 12, 2, generator=generator)
        z = (belief.mean + belief.stddev * noise).detach()
        for name in READERS:
            hits = (model.decode(z, name)[name][..., 0] > 0).long() == data.labels
            expected = hits.double().mean(0).numpy()
            np.testing.assert_allclose(found.right[name][row], expected, atol=0.15)
            np.testing.assert_array_equal(found.right[name], again.right[name])
    np.testing.assert_allclose(found.wrong, 1 - (found.right["a"] + found.right["c"]) / 2, rtol=1e-6)


def test_answers_are_read_at_the_mean_of_each_single_belief(data: MultimodalBaseDataset) -> None:
    model = small_model()
    found = subset_beliefs(model, data, READERS, n_draws=1)
    with torch.no_grad():
        answers = [
            (model.decode(product(model, data, (name,)).mean, "c")["c"][:, 0] > 0).tolist()
            for name in ("a", "b", "c")
        ]
    expected = [len(set(of_sample)) for of_sample in zip(*answers, strict=True)]
    assert found.n_answers("c").tolist() == expected


def test_what_cannot_be_asked_is_refused(data: MultimodalBaseDataset) -> None:
    model = small_model()
    with pytest.raises(ValueError, match=r"readers: expected some of .*got \['d'\]"):
        subset_beliefs(model, data, {"d": FirstIsPositive()})
    masks = {name: torch.arange(12) > 0 for name in DIMS} | {"a": torch.ones(12, dtype=torch.bool)}
    with pytest.raises(ValueError, match="complete data"):
        subset_beliefs(model, IncompleteDataset(data.data, masks, data.labels), READERS)
    private = small_model(modalities_specific_dim={"a": 1, "b": 1, "c": 1})
    with pytest.raises(ValueError, match="one shared latent space"):
        subset_beliefs(private, data, READERS)
    with pytest.raises(ValueError, match=r"row: expected one of a, b.*got 'z'"):
        subset_beliefs(model, data, READERS, n_draws=1).row("z")


def test_rates_are_means_of_sorted_quarters_and_of_classes() -> None:
    scores, values = np.array([3.0, 1.0, 2.0, 0.0]), np.array([1.0, 0.0, 0.5, 0.25])
    found = rates_by("score", scores, values, groups=2)
    assert found.means == pytest.approx([0.125, 0.75]) and found.groups == ["lowest", "highest"]
    assert found.errors == pytest.approx([0.125, 0.25]) and found.sizes.tolist() == [2, 2]
    classes = rates_in("class", np.array([1, 2, 1, 3]), values)
    assert classes.groups == ["1"] and classes.means == pytest.approx([0.75])
    with pytest.raises(ValueError, match="B >= 8"):
        rates_by("score", scores, values)
    with pytest.raises(ValueError, match="got none"):
        rates_in("class", np.arange(4), values)
    with pytest.raises(ValueError, match="one shape"):
        rates_in("class", np.arange(3), values)
