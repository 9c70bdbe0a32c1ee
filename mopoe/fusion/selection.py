"""Which component of the mixture each sample is drawn from, and with which weights."""

from __future__ import annotations

import torch
from torch import Tensor

from ..checks import first_indices
from .gaussians import subset_intersection, subset_union


def component_weights(membership: Tensor, observed: Tensor) -> Tensor:
    r"""Mixture weights when modalities are missing: uniform over the subsets that were observed.

    A sample of which no configured subset was observed as a whole falls back on the observed parts of the
    subsets: with ``subsets="poe"`` that is the product of the modalities it has, as in MVAE.

    Args:
        membership: (S, M), boolean.
        observed: (M, B), boolean.

    Returns:
        (S, B) in float64, columns sum to 1, zero where unobserved.

    Raises:
        ValueError: a sample shares no modality with any subset; the message names the samples.
    """
    available = subset_intersection(membership, observed)
    available = torch.where(available.any(0), available, subset_union(membership, observed))
    lost = ~available.any(0)
    if bool(lost.any()):
        raise ValueError(
            f"samples {first_indices(lost)} show no modality of any configured subset: "
            "leave them out, or add a subset that they can use"
        )
    return available.double() / available.sum(0)


def systematic_points(
    rows: int, n: int, device: torch.device, generator: torch.Generator | None = None
) -> Tensor:
    """(rows, n) points (k + u) / n in [0, 1), ascending, one random offset u a row."""
    offset = torch.rand(rows, 1, device=device, dtype=torch.float64, generator=generator)
    points = (torch.arange(n, device=device) + offset) / n
    return points.clamp(max=1 - 2**-53)


def locate(points: Tensor, weights: Tensor) -> Tensor:
    """The component in whose share of [0, 1) each point falls.

    Args:
        points: (B, n) in [0, 1).
        weights: (S, B), columns proportional to the component weights; zero weights are never located.

    Returns:
        (B, n), component numbers.
    """
    edges = weights.to(torch.float64).T.cumsum(1)
    edges = (edges / edges[:, -1:]).contiguous()
    return torch.searchsorted(edges, points.contiguous(), right=True)


def select_components(weights: Tensor, generator: torch.Generator | None = None) -> Tensor:
    r"""One component a sample, by systematic sampling with a random offset and a random order.

    Samples with the same weights form a stratum. In a stratum of n samples the points (k + u)/n,
    u ~ U[0, 1), are dealt out in random order, so that component s is met by ⌊n w_s⌋ or ⌈n w_s⌉ samples and
    by every single sample with probability exactly w_s, whatever its place in the batch.

    Source: systematic sampling (Madow and Madow 1944).

    Args:
        weights: (S, B), columns proportional to the component weights.
        generator: source of the offset and the order.

    Returns:
        (B,), component numbers.
    """
    device, n = weights.device, weights.shape[1]
    order = _shuffled(n, device, generator)
    _, stratum, sizes = torch.unique(weights, dim=1, return_inverse=True, return_counts=True)
    # A stable sort of shuffled samples by stratum: their ranks within a stratum are in random order.
    order = order[torch.sort(stratum[order], stable=True).indices]
    starts = sizes.cumsum(0) - sizes
    rank = torch.empty_like(order)
    rank[order] = torch.arange(n, device=device) - starts[stratum[order]]
    offset = torch.rand(len(sizes), device=device, dtype=torch.float64, generator=generator)
    points = (rank + offset[stratum]) / sizes[stratum]
    return locate(points.clamp(max=1 - 2**-53)[:, None], weights)[:, 0]


def deal_components(
    n_components: int, n: int, device: torch.device, generator: torch.Generator | None = None
) -> Tensor:
    """What :func:`select_components` does where all components weigh the same: (n,), component numbers."""
    order = _shuffled(n, device, generator)
    offset = torch.rand(1, 1, device=device, dtype=torch.float64, generator=generator)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(n, device=device)
    points = ((rank + offset[0]) / n).clamp(max=1 - 2**-53)
    return (points * n_components).long().clamp(max=n_components - 1)


def take_components(values: Tensor, components: Tensor) -> Tensor:
    """Row ``components[b]`` of column b: (S, B, D) and (B,) → (B, D)."""
    return values[components, torch.arange(values.shape[1], device=values.device)]


def _shuffled(n: int, device: torch.device, generator: torch.Generator | None) -> Tensor:
    return torch.randperm(n, device=device, generator=generator)
