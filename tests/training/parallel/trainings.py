"""Trainings that must come out the same in one process and in several: run by test_process_group.py in both ways.

``torchrun --nproc-per-node 2 tests/training/parallel/trainings.py FOLDER`` leaves a file for each process.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mopoe import IncompleteDataset, ModelOutput, MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.training import TrainConfig, fit

DIMS = {"a": (3,), "b": (2, 2), "c": (2,)}


def samples(n: int) -> MultimodalBaseDataset:
    generator = torch.Generator().manual_seed(n)
    cause = torch.randn(n, 1, generator=generator)
    return MultimodalBaseDataset(
        {
            name: (cause[..., None] if len(dims) > 1 else cause)
            + 0.3 * torch.randn(n, *dims, generator=generator)
            for name, dims in DIMS.items()
        }
    )


def with_gaps(n: int) -> IncompleteDataset:
    """Modality a is seen in every third sample, b in every second, c always."""
    place = torch.arange(n)
    masks = {"a": place % 3 == 0, "b": place % 2 == 0, "c": place >= 0}
    data = {
        name: x.where(masks[name].view(-1, *[1] * (x.ndim - 1)), torch.nan)
        for name, x in samples(n).data.items()
    }
    return IncompleteDataset(data, masks)


def with_holes(n: int) -> IncompleteDataset:
    """Every third number of a and every second of b is missing, c is whole but for every fourth sample."""
    data = samples(n).data
    place = {name: torch.arange(x.numel()).view(x.shape) for name, x in data.items()}
    masks = {"a": place["a"] % 3 > 0, "b": place["b"] % 2 > 0, "c": torch.arange(n) % 4 > 0}
    marked = {
        name: x.where(masks[name].view(*masks[name].shape, *[1] * (x.ndim - masks[name].ndim)), torch.nan)
        for name, x in data.items()
    }
    return IncompleteDataset(marked, missing="nan")


def spoilt(n: int) -> MultimodalBaseDataset:
    data = dict(samples(n).data)
    data["a"][n // 2] = 3e19  # its square is no number of 32 bits
    return MultimodalBaseDataset(data)


class Watched(MoPoE):
    """Keeps which components its samples were given."""

    def forward(self, inputs: Any, generator: Any = None, noise: Any = None, **kwargs: Any) -> ModelOutput:
        if self.training and noise is not None:
            seen.append(noise.components.tolist())
        return super().forward(inputs, generator, noise)


class Location(nn.Module):
    """No noise, no ``draw_noise``: (x_a − w)², and what it draws itself."""

    def __init__(self, fails: bool = False) -> None:
        super().__init__()
        self.weight, self.fails = nn.Parameter(torch.zeros(3)), fails

    def forward(self, batch: MultimodalBaseDataset) -> ModelOutput:
        seen.append([float(torch.rand(()))])
        if self.fails and os.environ.get("RANK") == "1":
            raise ValueError("not with these rows")
        loss: Tensor = (batch.data["a"] - self.weight).square().sum(1).mean()
        return ModelOutput(loss=loss, metrics=ModelOutput(recon_a=loss))


def mopoe(**settings: Any) -> MoPoE:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Watched(MoPoEConfig(3, latent_dim=2, input_dims=DIMS, **settings))


Case = tuple[Callable[[], nn.Module], MultimodalBaseDataset, MultimodalBaseDataset, dict[str, Any]]
CASES: dict[str, Case] = {
    "private latents, clipped gradients": (
        lambda: mopoe(modalities_specific_dim={"a": 1, "b": 2, "c": 1}),
        samples(50),
        samples(21),
        {"gradient_clip": 2.0},
    ),
    "every component as often": (mopoe, samples(56), samples(9), {"batch_size": 28}),
    "missing modalities": (mopoe, with_gaps(50), with_gaps(20), {"batch_size": 5}),
    "missing entries": (
        lambda: mopoe(masked_entries=["a", "b"]),
        with_holes(50),
        with_holes(20),
        {"batch_size": 5},
    ),
    "sampled subsets": (lambda: mopoe(subsets="sampled"), samples(30), samples(9), {"precision": "64-true"}),
    "sampled subsets, missing modalities": (
        lambda: mopoe(subsets="sampled", subset_draws=3),
        with_gaps(30),
        with_gaps(9),
        {},
    ),
    "one sample left": (mopoe, samples(7), samples(1), {"batch_size": 3}),
    "half precision": (mopoe, samples(30), samples(9), {"precision": "bf16-mixed"}),
    "another model": (Location, samples(30), samples(9), {"learning_rate": 0.1, "patience": 1, "epochs": 40}),
    "overflow": (Location, spoilt(32), samples(9), {}),
    "refused by one": (lambda: Location(fails=True), samples(30), samples(9), {}),
    "other data": (Location, samples(30 + int(os.environ.get("RANK", 0))), samples(9), {}),
}

seen: list[list[float]] = []


def run(name: str, devices: int) -> dict[str, Any]:
    """What became of a training, as JSON can hold it."""
    make, train, validation, settings = CASES[name]
    model = make()
    seen.clear()
    given = {"epochs": 3, "batch_size": 16, "device": "cpu", "progress": False} | settings
    try:
        result = fit(model, train, validation, TrainConfig(devices=devices, **given))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    weights = {name: weight.double().norm().item() for name, weight in model.named_parameters()}
    return {
        "history": result.history,
        "best_epoch": result.best_epoch,
        "weights": weights,
        "seen": list(seen),
    }


if __name__ == "__main__":
    ended = {name: run(name, int(os.environ["WORLD_SIZE"])) for name in CASES}
    Path(sys.argv[1], os.environ["RANK"]).write_text(json.dumps(ended))
