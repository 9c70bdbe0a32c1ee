"""Small data and models whose training can be followed by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from mopoe import ModelOutput, MoPoE, MoPoEConfig, MultimodalBaseDataset


class Location(nn.Module):
    """loss = mean over the batch of (x_a − w)² + (x_b − w)²: one weight, no noise, every number known.

    ``on_forward`` is called with the model and the batch before each pass; ``spoil`` may alter the terms.
    """

    def __init__(
        self,
        on_forward: Callable[[Location, MultimodalBaseDataset], None] = lambda model, batch: None,
        spoil: Callable[[Location, dict[str, Tensor]], dict[str, Tensor]] = lambda model, terms: terms,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.on_forward, self.spoil = on_forward, spoil
        self.training_passes = 0

    def forward(self, batch: MultimodalBaseDataset) -> ModelOutput:
        self.training_passes += self.training
        self.on_forward(self, batch)
        terms = {f"recon_{name}": (x - self.weight).square().mean() for name, x in batch.data.items()}
        terms = self.spoil(self, {**terms, "joint_divergence": 0 * self.weight})
        loss = torch.stack(list(terms.values())).sum()
        return ModelOutput(loss=loss, loss_sum=loss * len(batch), metrics=ModelOutput(terms))


@pytest.fixture
def location() -> type[Location]:
    return Location


def constant(value: float, n: int) -> MultimodalBaseDataset:
    return MultimodalBaseDataset({name: torch.full((n,), value) for name in ("a", "b")})


@pytest.fixture
def far_away() -> MultimodalBaseDataset:
    """Training data at 10: the weight moves there step by step."""
    return constant(10.0, 12)


@pytest.fixture
def halfway() -> MultimodalBaseDataset:
    """Validation data at 1: passed on the way to 10, so that an epoch in the middle is the best."""
    return constant(1.0, 5)


@pytest.fixture
def correlated() -> MultimodalBaseDataset:
    """50 samples of two modalities that share a cause; 50 is no multiple of the batch sizes."""
    generator = torch.Generator().manual_seed(3)
    cause = torch.randn(50, 1, generator=generator)
    return MultimodalBaseDataset(
        {
            "a": cause + 0.1 * torch.randn(50, 3, generator=generator),
            "b": (cause + 0.1 * torch.randn(50, 4, generator=generator)).reshape(50, 2, 2),
        }
    )


@pytest.fixture
def new_model() -> Callable[..., MoPoE]:
    """The same small MoPoE at every call."""

    def make(seed: int = 0, **settings: object) -> MoPoE:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return MoPoE(MoPoEConfig(2, latent_dim=3, input_dims={"a": (3,), "b": (2, 2)}, **settings))

    return make
