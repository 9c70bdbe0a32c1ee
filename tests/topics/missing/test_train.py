"""Models trained with modalities missing."""

from __future__ import annotations

import pytest
import torch

from workbench.datasets import Splits, linear_gaussian
from workbench.topics.missing.train import ALL, COMPLETE, train_with_missing, ways_to_train
from workbench.training import TrainConfig

SETTINGS = TrainConfig(epochs=2, batch_size=20, device="cpu", progress=False, seed=99)


@pytest.fixture(scope="module")
def data() -> Splits:
    return linear_gaussian(2, 2, 1, n_train=100, n_validation=40, n_test=5, seed=0)


def test_both_ways_lose_the_same_entries(data: Splits) -> None:
    ways = ways_to_train(data, 0.4, seed=7)
    masks = ways[ALL].train.masks
    assert masks is not None
    whole = masks["x0"] & masks["x1"]
    assert torch.equal(ways[COMPLETE].train.data["x0"], data.train.data["x0"][whole])
    assert not hasattr(ways[COMPLETE].validation, "masks") and not hasattr(ways[ALL].test, "masks")
    assert list(ways_to_train(data, 0.0, seed=7)) == [ALL]
    other = ways_to_train(data, 0.4, seed=8)[ALL].train.masks
    assert other is not None and not torch.equal(other["x0"], masks["x0"])


def test_all_are_trained_for_as_many_steps(data: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = []

    def watched(model, train, validation, config):
        trained.append(
            (not hasattr(train, "masks"), config.seed, config.epochs * -(-len(train) // config.batch_size))
        )

    monkeypatch.setattr("workbench.topics.missing.train.fit", watched)
    models = train_with_missing(data, [0.0, 0.5], [3, 4], SETTINGS, latent_dim=1)
    assert {key: len(of_key) for key, of_key in models.items()} == {
        (ALL, 0.0): 2,
        (ALL, 0.5): 2,
        (COMPLETE, 0.5): 2,
    }
    assert [seed for _, seed, _ in trained] == [3, 4, 3, 3, 4, 4]
    assert all(10 <= steps < 13 for _, _, steps in trained)
