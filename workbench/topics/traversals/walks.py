"""Many walks through the latent space at once, and what each view is read as along them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mopoe import MoPoE, MultimodalBaseDataset

from ...metrics.readers import Reader, readers_of
from .arrays import LatentAxes, Readings


@torch.no_grad()
def walk_axis(
    model: MoPoE,
    dataset: MultimodalBaseDataset,
    axes: LatentAxes,
    axis: int,
    readers: Mapping[str, Reader],
    *,
    shown: str | Sequence[str] = "all",
    reach: float = 3.0,
    steps: int = 13,
) -> Readings:
    """From each sample's posterior mean along one axis, z = μ + t e, for t from −reach to reach.

    Args:
        model: of one shared latent space.
        dataset: one walk a sample.
        axes: of the shared latent space.
        axis: number of the axis in them.
        readers: view → what reads it.
        shown: what the model sees of a sample.
        reach: how far, in standard deviations of the prior.
        steps: how many, both ends included.
    """
    starts = model.posterior(dataset[:].to(model.device), shown).mean
    direction = torch.as_tensor(axes.directions[axis]).to(starts)
    places = torch.linspace(-reach, reach, steps).to(starts)
    z = starts[:, None] + places[:, None] * direction
    return Readings(_read(model, z, readers), places.cpu().numpy(), "standard deviations of the prior")


@torch.no_grad()
def walk_lines(
    model: MoPoE,
    dataset: MultimodalBaseDataset,
    pairs: Tensor,
    readers: Mapping[str, Reader],
    *,
    shown: str | Sequence[str] = "all",
    steps: int = 21,
) -> Readings:
    """Straight from one sample's posterior mean to another's.

    Args:
        model: of one shared latent space.
        dataset: holds the samples.
        pairs: numbers of the samples at both ends, (W, 2).
        readers: view → what reads it.
        shown: what the model sees of a sample.
        steps: how many, both ends included.
    """
    first, last = (model.posterior(dataset[pairs[:, i]].to(model.device), shown).mean for i in (0, 1))
    places = torch.linspace(0, 1, steps).to(first)
    z = torch.lerp(first[:, None], last[:, None], places[:, None])
    return Readings(_read(model, z, readers), places.cpu().numpy(), "share of the way")


def pairs_of_different_labels(labels: Tensor, n: int) -> Tensor:
    """The first ``n`` pairs of neighbours, samples 2i and 2i + 1, with different labels, (W, 2), W ≤ n."""
    first = torch.arange(0, len(labels) - 1, 2)
    different = first[labels[first] != labels[first + 1]][:n]
    return torch.stack([different, different + 1], 1)


def _read(model: MoPoE, z: Tensor, readers: Mapping[str, Reader]) -> dict[str, np.ndarray]:
    """View → readings, (W, T), of latents (W, T, D)."""
    pictures = model.decode(z.flatten(0, 1), list(readers))
    return {
        name: reader.classify(pictures[name]).reshape(z.shape[:2]).cpu().numpy()
        for name, reader in readers_of(model, readers).items()
    }
