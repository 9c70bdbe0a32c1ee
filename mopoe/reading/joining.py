"""Data sets or samples put together: one data set out of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..data import IncompleteDataset, MultimodalBaseDataset, masks_of
from ..output import read_entry
from .labels import recoded
from .tensors import read_tensor
from .unit_interval import kept_tensors, names_of_bytes


def joined(parts: Sequence[MultimodalBaseDataset]) -> MultimodalBaseDataset:
    """The samples of all parts, one part after the other; one part alone as it is.

    Complete parts are observed everywhere if others have masks; labels are kept where every part has them. Bytes stay
    bytes where every part keeps them so.

    Raises:
        ValueError: parts with different modalities or shapes, or labels that are names in some parts alone.
    """
    if len(parts) == 1:
        return parts[0]
    as_bytes = set.intersection(*(set(names_of_bytes(part.data)) for part in parts))
    pieces = []
    for place, part in enumerate(parts):
        kept = kept_tensors(part.data)
        data = {name: kept[name] if name in as_bytes else part.data[name] for name in part.modalities}
        pieces.append(_Piece(f"part {place}", data, masks_of(part)))
    labels, label_names = _joined_labels(parts)
    return _together(pieces, torch.cat, 1, labels, label_names=label_names, unit_interval=sorted(as_bytes))


def stacked(samples: Sequence[Any], source: str) -> MultimodalBaseDataset:
    """Samples, one at least, as one data set: each a dict of modality → tensor, or one that holds it as ``data``.

    Complete samples are observed everywhere if others have masks; labels are kept where every sample has one.

    Args:
        samples: to be put together.
        source: what they come from, for messages.

    Raises:
        TypeError: what is no sample.
        ValueError: samples with different modalities or shapes.
    """
    for place, sample in enumerate(samples):
        if not isinstance(_data_of(sample), Mapping):
            raise TypeError(
                "inputs: expected a data set, a batch, a sample, a list of samples or a dict of tensors, "
                f"got {source} with {type(sample).__name__} at {place}"
            )
    pieces = [_piece(sample, f"inputs[{place}]") for place, sample in enumerate(samples)]
    labels = [piece.labels for piece in pieces]
    return _together(pieces, torch.stack, 0, None if any(label is None for label in labels) else labels)


@dataclass(frozen=True)
class _Piece:
    """A sample, or a part with its batch axis."""

    name: str
    data: Mapping[str, Tensor]
    masks: Mapping[str, Tensor] | None
    labels: Any = None

    def mask(self, name: str, batch_axes: int) -> Tensor:
        """Of one modality; observed where nothing else is said."""
        if self.masks is not None:
            return self.masks[name]
        tensor = self.data[name]
        return torch.ones(tensor.shape[:batch_axes], dtype=torch.bool, device=tensor.device)


def _data_of(sample: Any) -> Any:
    held = read_entry(sample, "data")
    return held if isinstance(held, Mapping) else sample


def _piece(sample: Any, what: str) -> _Piece:
    data = _data_of(sample)
    masks, labels = (None, None) if data is sample else (masks_of(sample), read_entry(sample, "labels"))
    return _Piece(
        what,
        {name: read_tensor(tensor, f"{what}[{name!r}]") for name, tensor in data.items()},
        masks and {name: read_tensor(mask, f"{what}: masks[{name!r}]") for name, mask in masks.items()},
        labels,
    )


def _together(
    pieces: Sequence[_Piece], combine: Callable[..., Tensor], batch_axes: int, labels: Any, **options: Any
) -> MultimodalBaseDataset:
    names = list(pieces[0].data)
    for piece in pieces:
        for what, found in (("modalities", piece.data), ("masks of", piece.masks)):
            if found is not None and set(found) != set(names):
                raise ValueError(
                    f"{piece.name}: expected the {what} {names}, as in {pieces[0].name}, got {list(found)}"
                )
        for name, tensor in piece.data.items():
            first = pieces[0].data[name].shape[batch_axes:]
            if tensor.shape[batch_axes:] != first:
                raise ValueError(
                    f"{piece.name}: expected {name!r} of shape {tuple(first)}, as in {pieces[0].name}, "
                    f"got {tuple(tensor.shape[batch_axes:])}"
                )
    data = {name: combine([piece.data[name] for piece in pieces]) for name in names}
    if all(piece.masks is None for piece in pieces):
        return MultimodalBaseDataset(data, labels, **options)
    masks = {name: combine(_masks(pieces, name, batch_axes)) for name in names}
    return IncompleteDataset(data, masks, labels, **options)


def _masks(pieces: Sequence[_Piece], name: str, batch_axes: int) -> list[Tensor]:
    """Of one modality, all for whole samples or all for single entries."""
    masks = [piece.mask(name, batch_axes) for piece in pieces]
    if all(mask.ndim == batch_axes for mask in masks):
        return masks
    return [
        mask.reshape(*mask.shape, *[1] * (piece.data[name].ndim - mask.ndim)).expand(piece.data[name].shape)
        for mask, piece in zip(masks, pieces, strict=True)
    ]


def _joined_labels(parts: Sequence[MultimodalBaseDataset]) -> tuple[Tensor | None, tuple[str, ...] | None]:
    """Labels of all parts, and all names that they have, in the order in which they are met."""
    labels = [part.labels for part in parts if part.labels is not None]
    if len(labels) < len(parts):
        return None, None
    shapes = {tuple(tensor.shape[1:]) for tensor in labels}
    if len(shapes) > 1:
        raise ValueError(f"labels: expected one shape in all parts, got {sorted(shapes)}")
    named = [part.label_names for part in parts if part.label_names is not None]
    if not named:
        return torch.cat(labels), None
    if len(named) < len(parts):
        raise ValueError("labels: expected names in all parts or in none; give label_names to the others")
    among = tuple(dict.fromkeys(name for names in named for name in names))
    return torch.cat([recoded(*both, among) for both in zip(labels, named, strict=True)]), among
