"""Walks stand where they should, and readings along them are counted as a loop would."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from mopoe import MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.topics.traversals.arrays import Readings
from workbench.topics.traversals.axes import axes_of
from workbench.topics.traversals.use import collapsed_nats, latent_use
from workbench.topics.traversals.walks import pairs_of_different_labels, walk_axis, walk_lines

DIMS = {"a": (3,), "b": (4,)}


class Thousandths:
    """Reads a number itself, so that a test sees what was decoded."""

    def classify(self, data: Tensor, /) -> Tensor:
        return (1000 * data[:, 0]).round().long()


READERS = {"a": Thousandths(), "b": Thousandths()}


def small_model(prior_expert: str = "full") -> MoPoE:
    torch.manual_seed(0)
    return MoPoE(MoPoEConfig(2, 3, DIMS, prior_expert=prior_expert)).eval()


@pytest.fixture
def data() -> MultimodalBaseDataset:
    generator = torch.Generator().manual_seed(1)
    tensors = {name: torch.randn(10, *dims, generator=generator) for name, dims in DIMS.items()}
    return MultimodalBaseDataset(tensors, torch.tensor([0, 1, 2, 2, 0, 3, 1, 1, 4, 0]))


def reading(model: MoPoE, z: Tensor, name: str) -> int:
    return round(1000 * float(model.decode(z[None], name)[name][0, 0]))


def test_a_walk_moves_one_axis_from_the_belief_that_is_shown(data: MultimodalBaseDataset) -> None:
    model = small_model()
    axes = axes_of(model, data, "shared", "dimensions")
    found = walk_axis(model, data, axes, 1, READERS, shown="b", reach=2.0, steps=5)
    np.testing.assert_allclose(found.places, [-2, -1, 0, 1, 2])
    dimension = int(axes.numbers[1])
    start = model.posterior(data[:], "b").mean.detach()
    for name in READERS:
        assert found.read[name].shape == (10, 5)
        for walk in (0, 7):
            for step, place in enumerate((-2.0, -1.0, 0.0, 1.0, 2.0)):
                z = start[walk].clone()
                z[dimension] += place
                assert found.read[name][walk, step] == pytest.approx(reading(model, z, name), abs=1)


def test_lines_go_straight_from_the_first_of_a_pair_to_the_second(data: MultimodalBaseDataset) -> None:
    model = small_model()
    assert data.labels is not None
    pairs = pairs_of_different_labels(data.labels, 3)
    assert pairs.tolist() == [[0, 1], [4, 5], [8, 9]]
    assert pairs_of_different_labels(data.labels, 1).tolist() == [[0, 1]]
    found = walk_lines(model, data, pairs, READERS, steps=3)
    mean = model.posterior(data[:], "all").mean.detach()
    for name in READERS:
        for line, (i, j) in enumerate(pairs.tolist()):
            for step, share in enumerate((0, 0.5, 1)):
                z = (1 - share) * mean[i] + share * mean[j]
                assert found.read[name][line, step] == pytest.approx(reading(model, z, name), abs=1)


def test_use_is_the_divergence_of_each_dimension(data: MultimodalBaseDataset) -> None:
    model = small_model()
    found = latent_use(model, data)
    exact = {}
    for name in ("a", "b", "all"):
        belief = model.posterior(data[:], name).base_dist
        exact[name] = kl_divergence(belief, Normal(0.0, 1.0)).mean(0).detach().numpy()
    order = sorted(range(3), key=lambda d: -exact["all"][d])
    for name, nats in found.items():
        np.testing.assert_allclose(nats, exact[name][order], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("policy", "factors"), [("full", 3), ("all", 3), ("none", 2)])
def test_a_silent_product_is_sharper_than_the_prior(policy: str, factors: int) -> None:
    exact = kl_divergence(Normal(0.0, factors**-0.5), Normal(0.0, 1.0))
    assert collapsed_nats(small_model(policy)) == pytest.approx(float(exact), rel=1e-6)
    assert collapsed_nats(small_model(policy)) == pytest.approx((1 / factors - 1 + math.log(factors)) / 2)


READ = Readings(
    {
        "a": np.array([[1, 1, 2, 3], [4, 4, 4, 4], [5, 6, 6, 6]]),
        "b": np.array([[1, 2, 2, 3], [4, 5, 4, 4], [5, 5, 5, 5]]),
    },
    np.array([0.0, 0.25, 0.5, 1.0]),
    "share of the way",
)


def test_readings_say_where_views_are_alike_and_where_they_flip() -> None:
    assert READ.alike.tolist() == [[True, False, True, True], [True, False, True, True], [True] + 3 * [False]]
    assert READ.clear.tolist() == [True, False, False]
    assert READ.only(READ.clear).read["b"].tolist() == [[1, 2, 2, 3]]
    assert READ.n_read().tolist() == [3.0, 1.5, 1.5]
    np.testing.assert_array_equal(READ.flips()["a"], [0.5, np.nan, 0.25])
    np.testing.assert_array_equal(READ.flips()["b"], [0.25, 0.25, np.nan])


def test_chance_pairs_each_view_with_another_walk() -> None:
    rolled = np.array([READ.read["b"][2], READ.read["b"][0], READ.read["b"][1]])
    assert READ.alike_by_chance.tolist() == (rolled == READ.read["a"]).tolist()


def test_shares_are_of_start_something_else_and_end() -> None:
    shares = READ.only(np.array([0])).shares()["a"]
    np.testing.assert_array_equal(shares, [[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
