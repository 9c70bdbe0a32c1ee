"""Models with private latents of several sizes."""

from __future__ import annotations

import pytest
import torch

from workbench.datasets import Splits, linear_gaussian
from workbench.topics.private.train import train_private_sizes
from workbench.training import TrainConfig

SETTINGS = TrainConfig(epochs=2, batch_size=20, device="cpu", progress=False, seed=99)


@pytest.fixture(scope="module")
def data() -> Splits:
    return linear_gaussian(2, 2, 1, n_train=100, n_validation=40, n_test=5, seed=0)


def test_a_private_size_takes_its_numbers_from_the_shared_latent(data: Splits) -> None:
    models = train_private_sizes(data, 4, [0, 3], [1, 2], SETTINGS)
    assert [(size, model.latent_dim, model.style_dims) for size, of in models.items() for model in of] == [
        (0, 4, {}),
        (0, 4, {}),
        (3, 1, {"x0": 3, "x1": 3}),
        (3, 1, {"x0": 3, "x1": 3}),
    ]
    first, second = (next(iter(model.parameters())) for model in models[3])
    assert not torch.equal(first, second)


@pytest.mark.parametrize("size", [4, -1])
def test_a_private_size_must_leave_a_shared_latent(data: Splits, size: int) -> None:
    with pytest.raises(ValueError, match=f"0 to 3, as the total is 4, got {size}"):
        train_private_sizes(data, 4, [1, size], [0], SETTINGS)
