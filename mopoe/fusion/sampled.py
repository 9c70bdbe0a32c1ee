"""Subsets drawn at random, where there are too many to list."""

from __future__ import annotations

import math
from itertools import accumulate

import torch
from torch import Tensor

from ..checks import first_indices

#: ``MoPoEConfig(subsets=...)`` → how probable a subset S of the M modalities is.
SUBSET_DISTRIBUTIONS = {"sampled": "1 / (2^M − 1)", "sampled_by_size": "1 / (M · binomial(M, |S|))"}


def subset_distribution(subsets: object) -> str | None:
    """``subsets`` if it names a distribution, else ``None``."""
    return subsets if isinstance(subsets, str) and subsets in SUBSET_DISTRIBUTIONS else None


def draw_subsets(
    distribution: str,
    n: int,
    n_modalities: int,
    observed: Tensor | None,
    device: torch.device,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""n subsets whose average has no bias: :math:`E[\frac1n \sum_i f(S_i)] = \sum_S \pi(S) f(S)` for any f.

    Sizes are drawn systematically, at the points (i + u)/n of their distribution with one u ~ U[0, 1), so that
    each size comes up as often as it should to within one; the members are the first so many of a random order,
    each order as likely as any other. Cost and memory grow with n · M, not with 2^M.

    Args:
        distribution: π, a key of ``SUBSET_DISTRIBUTIONS``, over the non-empty subsets of what was observed.
        n: number of subsets.
        n_modalities: M.
        observed: (M, B), boolean: each sample then gets subsets of what it shows; ``None`` for one choice for all.
        device: where the result is wanted.
        generator: source of the sizes and orders.

    Returns:
        (n, M), or (n, B, M) with ``observed``; boolean.

    Raises:
        ValueError: a sample shows nothing to draw subsets of; the message names the samples.
    """
    if observed is not None:
        _require_some(observed)
    offset = torch.rand(1, dtype=torch.float64, device=device, generator=generator)
    points = (torch.arange(n, device=device) + offset) / n
    keys = torch.rand(n, n_modalities, dtype=torch.float64, device=device, generator=generator)
    order = keys.argsort(1)
    counts = observed.sum(0) if observed is not None else torch.tensor([n_modalities], device=device)
    edges = _size_edges(distribution, n_modalities).to(device)[counts]  # (B, M)
    sizes = torch.searchsorted(edges, points.expand(len(edges), n).contiguous(), right=True) + 1
    sizes = sizes.minimum(counts[:, None]).T  # (n, B)
    if observed is None:
        return torch.zeros_like(order, dtype=torch.bool).scatter(1, order, _first(order, sizes))
    seen = observed[order]  # (n, M, B), in the random order
    members = seen & (seen.cumsum(1) <= sizes[:, None])
    places = order[..., None].expand_as(members)
    return torch.zeros_like(members).scatter(1, places, members).transpose(1, 2)


def _require_some(observed: Tensor) -> None:
    lost = ~observed.any(0)
    if bool(lost.any()):
        raise ValueError(
            f"samples {first_indices(lost)} show no modality of those that subsets are drawn of: leave them out"
        )


def _first(order: Tensor, sizes: Tensor) -> Tensor:
    return torch.arange(order.shape[1], device=order.device) < sizes


def _size_edges(distribution: str, n_modalities: int) -> Tensor:
    """Row k: P(size ≤ j) for j = 1, …, M among k modalities; row 0 is not used."""
    rows = [[1.0] * n_modalities]
    for k in range(1, n_modalities + 1):
        if distribution == "sampled":
            reached = [count / (2**k - 1) for count in accumulate(math.comb(k, j) for j in range(1, k + 1))]
        else:
            reached = [j / k for j in range(1, k + 1)]
        rows.append(reached + [1.0] * (n_modalities - k))
    return torch.tensor(rows, dtype=torch.float64)
