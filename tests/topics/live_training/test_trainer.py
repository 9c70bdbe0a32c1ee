"""The same seed learns the same, whoever looks or changes the rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.topics.live_training.courses import USUAL, losses, trained
from workbench.datasets.base import MultimodalDataset
from workbench.topics.live_training.analysis import look_at
from workbench.topics.live_training.state import Settings, TrainingState
from workbench.topics.live_training.trainer import LiveTraining


def test_the_same_seed_gives_the_same_losses_bit_by_bit(data):
    once, twice = (losses(trained(data, *[USUAL] * 6)) for _ in range(2))
    assert (once == twice).all()
    assert (losses(trained(data, *[USUAL] * 6, seed=1)) != once).any()


def test_looking_and_global_randomness_change_nothing(data):
    undisturbed = losses(trained(data, *[USUAL._replace(missing_rate=0.5)] * 6))
    training = LiveTraining(data)
    state = TrainingState(data.train.modalities, 24, shown=["sky"], pictured="sky")
    before = torch.get_rng_state()
    for _ in range(6):
        training.step(USUAL._replace(missing_rate=0.5))
        look_at(training, state)
    assert torch.equal(torch.get_rng_state(), before)
    assert (losses(training) == undisturbed).all()


def test_a_step_is_that_of_adam_on_the_loss_of_the_present_rules(data):
    """Written out once more: gradient of Σ reconstruction + β KL, then the first step of Adam, ± the rate."""
    training = LiveTraining(data, seed=4)
    weights = {name: weight.detach().clone() for name, weight in training.model.named_parameters()}
    other = LiveTraining(data, seed=4)
    settings = Settings(0.7, "MVAE", 0.0, 0.01)
    batches, noise = torch.Generator().manual_seed(4), torch.Generator().manual_seed(5)
    batch = data.train[torch.randint(200, (64,), generator=batches)]
    model = other.model.sharing_networks(subsets="poe")
    terms = model(batch, generator=noise).metrics
    loss = sum(terms[f"recon_{name}"] for name in model.modalities) + 0.7 * terms["joint_divergence"]
    loss.backward()

    training.step(settings)
    assert losses(training)[-1, 0] == terms["joint_divergence"].item()
    for name, weight in other.model.named_parameters():
        moved = training.model.get_parameter(name).detach() - weights[name]
        clear = weight.grad.abs() > 1e-3  # elsewhere Adam's ε tells
        torch.testing.assert_close(moved[clear], -0.01 * weight.grad[clear].sign(), rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize(
    "change", [{"beta": 0.0}, {"family": "MVAE"}, {"missing_rate": 0.5}, {"learning_rate": 0.01}]
)
def test_a_change_matters_from_that_step_on(data, change):
    same = losses(trained(data, *[USUAL] * 8))
    changed = trained(data, *[USUAL] * 4, *[USUAL._replace(**change)] * 4)
    assert (losses(changed)[:, :4] == same[:, :4]).all()
    assert (losses(changed)[:, 6:] != same[:, 6:]).any()
    assert [c.step for c in changed.history().changes] == [4]


def test_the_history_is_that_of_the_settings(data):
    state = TrainingState(data.train.modalities, 24, shown=["sky"], pictured="sky", step=4)
    training = LiveTraining(data)
    training.run_to(state)
    state.beta = 0.5
    state.step = 6
    state.family = "MMVAE"
    state.step = 9
    training.run_to(state)
    expected = [USUAL] * 4 + [USUAL._replace(beta=0.5)] * 2 + [Settings(0.5, "MMVAE", 0.0, 0.003)] * 3
    assert [state.settings_at(i) for i in range(9)] == expected
    assert (losses(training) == losses(trained(data, *expected))).all()
    assert [(c.step, c.words) for c in training.history().changes] == [(4, "β 0.5"), (6, "MMVAE")]


def test_each_sample_keeps_a_view_however_many_are_missing(data):
    assert np.isfinite(losses(trained(data, *[USUAL._replace(missing_rate=0.8)] * 5))).all()


def test_data_with_missing_views_cannot_be_thinned_further(data):
    masks = {name: torch.ones(200, dtype=torch.bool) for name in data.train.modalities}
    train = MultimodalDataset(data.train.data, data.train.labels, masks)
    with pytest.raises(ValueError, match="complete data"):
        trained(replace(data, train=train), USUAL._replace(missing_rate=0.2))
