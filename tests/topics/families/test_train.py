"""Training of every family: the same start, the same batches, its own subsets."""

from __future__ import annotations

import pytest
import torch

from workbench.datasets import Splits, linear_gaussian
from workbench.topics.families.train import train_families
from workbench.training import TrainConfig


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
