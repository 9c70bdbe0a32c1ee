"""Masks: which samples show a modality, and which of its single entries were observed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from .checks import first_indices


def read_masks(
    masks: Mapping[str, Tensor], dims: Mapping[str, Sequence[int] | None], length: int
) -> dict[str, Tensor]:
    """Boolean masks for exactly these modalities, each (length,) or (length, \\*dims).

    Args:
        masks: modality → mask of one of these shapes, or one that broadcasts to the second.
        dims: modality → shape of one sample; ``None`` where it is not known.
        length: number of samples B.

    Raises:
        ValueError: other names, a shape that does not fit, values besides 0 and 1, or a sample without anything.
    """
    if set(masks) != set(dims):
        raise ValueError(f"masks: expected the modalities {list(dims)}, got {list(masks)}")
    observed = {name: _read_mask(masks[name], name, shape, length) for name, shape in dims.items()}
    refuse_empty(observed)
    return observed


def refuse_empty(masks: Mapping[str, Tensor]) -> None:
    """Raise ``ValueError`` if some sample shows nothing at all."""
    empty = ~torch.stack([any_observed(mask) for mask in masks.values()]).any(0)
    if bool(empty.any()):
        raise ValueError(
            f"masks: samples {first_indices(empty)} have no observed modality at all; leave them out of the data"
        )


def length_masks(lengths: Any, longest: int) -> Tensor:
    """Which entries of padded sequences hold something: the mask by entry of a modality of shape (B, L).

    With it, ln p is that of the entries *given* how many there are: lengths themselves are not modelled.

    Args:
        lengths: (B,) whole numbers from 0 to L; a sequence of length 0 counts as missing.
        longest: L.

    Returns:
        (B, L) boolean, true for the first ``lengths[b]`` entries of sample b.

    Raises:
        ValueError: another shape, or no whole numbers from 0 to L.
    """
    lengths = torch.as_tensor(lengths)
    fits = (lengths >= 0) & (lengths <= longest) & (lengths == lengths.long())
    if lengths.ndim != 1 or not bool(fits.all()):
        got = lengths[~fits][0].item() if lengths.ndim == 1 else f"shape {tuple(lengths.shape)}"
        raise ValueError(f"lengths: expected whole numbers from 0 to {longest}, one a sample, got {got}")
    return torch.arange(longest, device=lengths.device) < lengths[:, None]


def _read_mask(mask: Tensor, name: str, dims: Sequence[int] | None, length: int) -> Tensor:
    shape = tuple(mask.shape)
    if mask.ndim == 0 or len(mask) != length or not _fits(shape[1:], dims):
        of = "dims of the modality" if dims is None else ", ".join(map(str, dims))
        each = f" or ({length}, {of}), one for each number in it" if dims is None or len(dims) else ""
        raise ValueError(
            f"masks[{name!r}]: expected shape ({length},), one entry a sample{each}, got {shape}"
        )
    if mask.dtype != torch.bool and not bool(((mask == 0) | (mask == 1)).all()):
        raise ValueError(
            f"masks[{name!r}]: expected only 0 and 1, got values from {mask.min()} to {mask.max()}"
        )
    mask = mask.bool()
    if all(size == 1 for size in shape[1:]):
        return mask.reshape(length)  # one entry a sample, however many axes it stands in
    return mask if dims is None else mask.expand(length, *dims)


def _fits(shape: Sequence[int], dims: Sequence[int] | None) -> bool:
    """Whether a mask of this shape says something of data of shape ``dims``, apart from the batch axis."""
    if dims is None or all(size == 1 for size in shape):
        return True
    return len(shape) == len(dims) and all(a in (1, b) for a, b in zip(shape, dims, strict=True))


def alike(masks: Sequence[Tensor | None], data: Sequence[Tensor], batch_axes: int) -> list[Tensor]:
    """Masks of one modality that can be put together: all of samples, or all of the shape of the data.

    Args:
        masks: of samples or of parts; ``None`` where everything was observed.
        data: what they are about, (\\*batch axes, \\*dims).
        batch_axes: 0 for samples, 1 for parts.
    """
    full = [
        torch.ones(x.shape[:batch_axes], dtype=torch.bool, device=x.device) if mask is None else mask
        for mask, x in zip(masks, data, strict=True)
    ]
    if all(mask.ndim == batch_axes for mask in full):
        return full
    return [by_entry(mask, x.ndim).expand(x.shape) for mask, x in zip(full, data, strict=True)]


def without_nan(mask: Tensor, data: Tensor) -> Tensor:
    """``mask`` without the entries of ``data`` that are NaN: (B,) where whole samples are, else (B, \\*dims)."""
    missing = torch.isnan(data).reshape(len(data), -1)
    whole = missing.all(1)
    if mask.ndim == 1 and torch.equal(missing.any(1), whole):
        return mask & ~whole
    return both(mask, ~missing.reshape(data.shape))


def both(mask: Tensor, entries: Tensor) -> Tensor:
    """What ``mask``, (B,) or (B, \\*dims), and ``entries``, (B, \\*dims), both show."""
    return by_entry(mask, entries.ndim) & entries


def by_entry(mask: Tensor, ndim: int) -> Tensor:
    """``mask``, (B,) or (B, \\*dims), in a shape that broadcasts to data of ``ndim`` axes, (B, \\*dims)."""
    return mask.reshape(*mask.shape, *[1] * (ndim - mask.ndim))


def any_observed(mask: Tensor) -> Tensor:
    """Which samples show anything: (B,) or (B, \\*dims) → (B,)."""
    return mask if mask.ndim == 1 else mask.flatten(1).any(1)


def partly_observed(mask: Tensor) -> Tensor:
    """Whether some sample shows a part and lacks another, a boolean scalar: (B,) or (B, \\*dims)."""
    return (any_observed(mask) & ~all_observed(mask)).any()


def all_observed(mask: Tensor) -> Tensor:
    """Which samples show everything: (B,) or (B, \\*dims) → (B,)."""
    return mask if mask.ndim == 1 else mask.flatten(1).all(1)


def filled_samples(data: Tensor, mask: Tensor) -> Tensor:
    """``data`` with one that was observed under each missing sample; zeros if there is none."""
    stand_in = torch.where(mask.any(), data[mask.int().argmax()], data.new_zeros(()))
    return torch.where(by_entry(mask, data.ndim), data, stand_in)
