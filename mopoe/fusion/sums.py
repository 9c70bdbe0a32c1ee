"""Sums over the members of every subset at once, (M, *) → (S, *), and back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .transforms import being_transformed


def subset_sums(values: Tensor, membership: Tensor) -> Tensor:
    r"""Sum over the members of every subset, :math:`\sum_{m \in S} v_m`.

    For a whole power set the sums double with every modality, so 2^M − 1 additions of one value serve all of
    them; any other choice of subsets is one matrix product with its membership matrix.
    Single precision is summed in double and rounded once.

    Args:
        values: (M, \*).
        membership: (S, M), boolean; or (S, B, M) for values (M, B, D), where samples have subsets of their own.

    Returns:
        (S, \*).
    """
    # In float64, as torch.set_float32_matmul_precision("high") lets a float32 product keep 10 bits (TF32).
    if membership.ndim == 3 and len(membership) == 1:
        return (values * membership[0].T[..., None]).sum(0, keepdim=True)
    if membership.ndim == 3:
        sums = torch.einsum("sbm,mbd->sbd", membership.double(), values.double())
        return sums.to(values.dtype)
    order = binary_order(membership)
    if order is not None:
        sums = _power_set_sums(values) if being_transformed() else PowerSetSums.apply(values)
        return sums.index_select(0, order.argsort())
    sums = membership.double() @ values.flatten(1).double()
    return sums.to(values.dtype).reshape(-1, *values.shape[1:])


def subset_sums_transposed(values: Tensor, membership: Tensor) -> Tensor:
    r"""Sum over the subsets that hold each modality, :math:`\sum_{S \ni m} v_S`: the gradient of subset_sums.

    Args:
        values: (S, B, D).
        membership: (S, M) or (S, B, M), boolean.

    Returns:
        (M, B, D).
    """
    if membership.ndim == 3:
        sums = torch.einsum("sbm,sbd->mbd", membership.double(), values.double())
        return sums.to(values.dtype)
    sums = membership.double().T @ values.flatten(1).double()
    return sums.to(values.dtype).reshape(-1, *values.shape[1:])


class PowerSetSums(torch.autograd.Function):
    """Sums over all non-empty subsets in binary order: row i − 1 sums the modalities at the set bits of i."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:  # noqa: D102
        sums = values.new_empty(2 ** len(values) - 1, *values.shape[1:])
        for modality, value in enumerate(values):
            # The upper half of the rows holds the next modality: alone, and with each subset of the lower half.
            half = 2**modality - 1
            sums[half] = value
            torch.add(sums[:half], value, out=sums[half + 1 : 2 * half + 1])
        return sums

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Tensor:  # noqa: D102
        return power_set_sums_transposed(upstream)


def _power_set_sums(values: Tensor) -> Tensor:
    """The same by plain operations, which any derivative can follow."""
    sums = values[:1]
    for value in values[1:]:
        sums = torch.cat([sums, value[None], sums + value])
    return sums


def power_set_sums_transposed(values: Tensor) -> Tensor:
    """Of rows in binary order: sum over the rows that hold each modality, (2^M − 1, ...) → (M, ...)."""
    sums: list[Tensor] = []
    while len(values):
        half = len(values) // 2
        sums.insert(0, values[half:].sum(0))
        values = values[:half] + values[half + 1 :]
    return torch.stack(sums)


def binary_order(membership: Tensor) -> Tensor | None:
    """Rows of a whole power set, (S, M), sorted by which bits they set; ``None`` for any other choice of subsets."""
    if len(membership) != 2 ** membership.shape[1] - 1:
        return None
    powers = 2 ** torch.arange(membership.shape[1], device=membership.device)
    codes, order = (membership * powers).sum(1).sort()
    whole = torch.equal(codes, torch.arange(1, len(codes) + 1, device=codes.device))
    return order if whole else None
