"""Training of every family: the same start, the same batches, its own subsets."""

from __future__ import annotations

import pytest
import torch

from workbench.datasets import Splits, linear_gaussian
from workbench.topics.families.train import train_families
from workbench.training import TrainConfig, build_model


@pytest.fixture(scope="module")
def data() -> Splits:
    return linear_gaussian(2, 3, 2, n_train=400, n_validation=50, n_test=24)


def test_families_start_alike_and_are_trained_on_their_subsets(data: Splits) -> None:
    settings = TrainConfig(epochs=1, batch_size=400, learning_rate=1e-12, progress=False)
    models = train_families(data, [0, 1], settings, latent_dim=2)
    assert {name: len(of[0].subsets) for name, of in models.items()} == {"MVAE": 1, "MMVAE": 2, "MoPoE": 3}
    for name in ("MMVAE", "MoPoE"):
        for seed in (0, 1):
            for a, b in zip(models["MVAE"][seed].parameters(), models[name][seed].parameters(), strict=True):
                torch.testing.assert_close(a, b, rtol=0, atol=1e-9)
    first, second = (next(model.parameters()) for model in models["MVAE"])
    assert not torch.allclose(first, second)


def test_networks_of_ones_own_are_copied_for_each_model(data: Splits) -> None:
    settings = TrainConfig(epochs=1, batch_size=400, learning_rate=1e-12, progress=False)
    own = dict(build_model(data, networks="mlp", latent_dim=2, seed=7).encoders)
    models = train_families(data, [0, 1], settings, families=["MVAE", "MoPoE"], latent_dim=2, encoders=own)
    trained = [model for family in models.values() for model in family]
    for model in trained:
        assert set(model.network_names["encoders"].values()) == {None}
        torch.testing.assert_close(
            model.encoders.state_dict(), torch.nn.ModuleDict(own).state_dict(), rtol=0, atol=1e-9
        )
    weights = [weight for model in trained for weight in model.parameters()]
    assert len({id(weight) for weight in weights}) == len(weights)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"seeds": []}, "seeds: expected one or more"),
        ({"seeds": [1, 1]}, r"seeds: expected one or more, each once, got \[1, 1\]"),
        (
            {"seeds": [0], "families": ["MVTCAE"]},
            "families: expected some of MVAE, MMVAE, MoPoE, got 'MVTCAE'",
        ),
    ],
)
def test_bad_requests_are_refused(arguments: dict, match: str, data: Splits) -> None:
    with pytest.raises(ValueError, match=match):
        train_families(data, config=TrainConfig(epochs=1, progress=False), **arguments)
