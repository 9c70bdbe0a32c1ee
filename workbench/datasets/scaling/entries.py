"""Which entries of a modality were observed, and numbers looked at in pieces that fit into memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from mopoe.data import masks_of

_ENTRIES_AT_ONCE = 2**22  # of 8 bytes each


def entries_observed(x: Tensor, mask: Tensor | None) -> Tensor:
    """Boolean, of the shape of ``x``: no NaN, and true under the mask.

    Args:
        x: (B, \\*dims).
        mask: (B,), or what broadcasts to (B, \\*dims); ``None`` where there is none.
    """
    there = ~x.isnan()
    if mask is None:
        return there
    mask = mask.to(x.device).bool()
    return there & mask.reshape(*mask.shape, *[1] * (x.ndim - mask.ndim))


def mask_of(dataset: Any, name: str) -> Tensor | None:
    """The mask of one modality, or ``None``."""
    masks = masks_of(dataset)
    return None if masks is None else masks[name]


def pieces(x: Tensor, mask: Tensor | None, dims: Sequence[int]) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows in float64, with 0 under what was not observed, and what of them was observed."""
    rows = max(1, _ENTRIES_AT_ONCE // max(1, math.prod(dims)))
    for start in range(0, len(x), rows):
        part = x[start : start + rows].to(torch.float64)
        seen = entries_observed(part, None if mask is None else mask[start : start + rows])
        yield part.where(seen, 0), seen


def by_pieces(change: Callable[[Tensor], Tensor], x: Tensor, dims: Sequence[int]) -> Tensor:
    """``change`` of (\\*, \\*dims), computed in float64 some rows at a time, in the type of ``x``."""
    flat = x.reshape(-1, *dims)
    dtype = x.dtype if x.is_floating_point() else torch.get_default_dtype()
    rows = max(1, _ENTRIES_AT_ONCE // max(1, math.prod(dims)))
    changed = [change(part.to(torch.float64)).to(dtype) for part in flat.split(rows)]
    return torch.cat(changed).reshape(x.shape)
