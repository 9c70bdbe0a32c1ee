"""What training on subsets does to a model that begins at the truth, against algebra."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import MultivariateNormal

from mopoe import MoPoE
from workbench.datasets import load_dataset
from workbench.datasets.base import Splits
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.topics.limits.analysis import (
    decoded_world,
    family_gap,
    train_from_truth,
    unseen_views,
    world_data,
)
from workbench.topics.limits.world import shared_and_private
from workbench.training import TrainConfig

SETTINGS = TrainConfig(epochs=12, batch_size=250, learning_rate=0.03, device="cpu", progress=False)


@pytest.fixture(scope="module")
def data() -> Splits:
    return world_data(shared_and_private(2, private=0.8, private_dim=1), 4_000, 1_000, seed=0)


@pytest.fixture(scope="module")
def mixture(data: Splits) -> MoPoE:
    return train_from_truth(data, "MMVAE", "encoders", SETTINGS)


def test_a_mixture_of_experts_ends_on_its_floor(data: Splits, mixture: MoPoE) -> None:
    gap = family_gap(mixture, data, seed=0)
    assert gap.floor > 1  # so that landing on it means something
    # What training has left: a fiftieth of the floor.
    assert abs(gap.generalised.value - gap.floor) < 4 * gap.generalised.standard_error + 0.02 * gap.floor


def test_tighter_bounds_regain_what_the_objective_lost(data: Splits, mixture: MoPoE) -> None:
    gap = family_gap(mixture, data, seed=0)
    regained = gap.generalised.value - gap.mixture.value
    assert (
        0
        < regained
        < math.log(2) + 4 * math.hypot(gap.generalised.standard_error, gap.mixture.standard_error)
    )
    assert gap.importance_weighted.value < 0.7 * gap.mixture.value


def test_training_the_encoders_leaves_the_decoders_at_the_truth(data: Splits, mixture: MoPoE) -> None:
    fixed = decoded_world(mixture, data)
    assert fixed.lost.value == pytest.approx(0, abs=1e-9)
    assert fixed.private_variance == pytest.approx([fixed.true_variance] * 2)


@pytest.mark.parametrize(("family", "share"), [("MVAE", 1.0), ("MMVAE", 0.5)])
def test_a_mixture_shrinks_private_variation_by_its_share(data: Splits, family: str, share: float) -> None:
    learned = decoded_world(train_from_truth(data, family, "all", SETTINGS), data)
    assert learned.true_variance == pytest.approx(0.8**2 + 0.5**2)
    assert learned.seen_share == share
    assert learned.predicted_variance == pytest.approx(share * 0.89)
    # 4,000 samples tell a variance to 2% of it, training to a few more.
    assert learned.private_variance == pytest.approx([learned.predicted_variance] * 2, rel=0.08)


@pytest.mark.parametrize(("n", "families"), [(3, {"MVAE": 1, "MMVAE": 1 / 3, "MoPoE": 4 / 7})])
def test_shares_of_subsets(n: int, families: dict[str, float]) -> None:
    few = world_data(shared_and_private(n), 10, 10, seed=0)
    once = TrainConfig(epochs=1, batch_size=10, device="cpu", progress=False)
    for family, share in families.items():
        assert decoded_world(train_from_truth(few, family, "encoders", once), few).seen_share == share


def test_where_the_share_falls_below_the_noise_all_private_variation_goes() -> None:
    faint = world_data(shared_and_private(2, private=0.3), 10, 10, seed=0)
    once = TrainConfig(epochs=1, batch_size=10, device="cpu", progress=False)
    learned = decoded_world(train_from_truth(faint, "MMVAE", "encoders", once), faint)
    assert learned.predicted_variance == pytest.approx(0.25)  # σ², as 0.34/2 is less


def test_unseen_views_cost_at_least_their_conditional_entropy(data: Splits, mixture: MoPoE) -> None:
    cost = unseen_views(mixture, data, seed=0)
    assert cost.measured.value > cost.entropy
    # By hand: x1 given x0 has an own part N(0, .64 + .25) and the shared one, of variance 1.25 − 1/1.25.
    by_hand = 0.5 * (math.log(0.89) + math.log(1.25 - 1 / 1.25)) + math.log(2 * math.pi * math.e)
    assert cost.entropy == pytest.approx(by_hand, abs=4 / math.sqrt(1_000))


def test_right_encoders_come_close_to_it_by_the_divergence_that_is_left(data: Splits) -> None:
    """With z from p(z|x_S) the cost is the entropy plus what the decoders make of a single z."""
    truth = data.truth
    cost = unseen_views(linear_gaussian_model(truth, subsets="moe"), data, seed=0)
    # E −ln p(x1|z), z ~ p(z|x0): residual of mean square Var(x1|x0) + Var(A z|x0), by the covariances alone.
    covariance = truth.marginal()[1]
    conditional = (
        covariance[2:, 2:] - covariance[2:, :2] @ torch.linalg.inv(covariance[:2, :2]) @ covariance[:2, 2:]
    )
    spread = conditional.diagonal() + (conditional.diagonal() - 0.25)
    expected = float(0.5 * (spread / 0.25 + math.log(2 * math.pi * 0.25)).sum())
    assert abs(cost.measured.value - expected) < 4 * cost.measured.standard_error
    entropy = float(MultivariateNormal(torch.zeros(2, dtype=torch.float64), conditional).entropy())
    assert cost.entropy == pytest.approx(entropy, abs=0.1)


def test_the_full_subset_has_nothing_unseen(data: Splits) -> None:
    cost = unseen_views(linear_gaussian_model(data.truth, subsets="poe"), data, seed=0)
    assert (cost.measured.value, cost.entropy) == (0, 0)


def test_data_without_a_known_truth_are_refused() -> None:
    pictures = load_dataset("mnist_text", n_train=10, n_validation=10, n_test=10)
    with pytest.raises(ValueError, match="truth, got mnist_text"):
        train_from_truth(pictures, "MVAE", "all", SETTINGS)
