"""Data sets or samples put together: one data set out of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ..data import IncompleteDataset, MultimodalBaseDataset, masks_of
from ..masks import alike
from ..output import read_entry
from .given import Given, data_of, read_given
from .labels import recoded
from .tensors import read_tensor
from .unit_interval import kept_tensors, names_of_bytes


def joined(parts: Sequence[MultimodalBaseDataset]) -> MultimodalBaseDataset:
    """The samples of all parts, one part after the other; one part alone as it is.

    Complete parts are observed everywhere if others have masks; labels are kept where every part has them. Bytes stay
    bytes where every part keeps them so.

    Raises:
        ValueError: parts with different modalities or shapes, size factors or names of labels in some parts alone.
    """
    if len(parts) == 1:
        return parts[0]
    as_bytes = set.intersection(*(set(names_of_bytes(part.data)) for part in parts))
    pieces = {}
    for place, part in enumerate(parts):
        kept = kept_tensors(part.data)
        data = {name: kept[name] if name in as_bytes else part.data[name] for name in part.modalities}
        pieces[f"part {place}"] = Given(data, masks_of(part), read_entry(part, "size_factors") or {}, None)
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
        ValueError: samples with different modalities or shapes, or size factors for some alone.
    """
    pieces = {}
    for place, sample in enumerate(samples):
        if not isinstance(data_of(sample), Mapping):
            raise TypeError(
                "inputs: expected a data set, a batch, a sample, a list of samples or a dict of tensors, "
                f"got {source} with {type(sample).__name__} at {place}"
            )
        given, where = read_given(sample), f"inputs[{place}]"
        data = {name: read_tensor(tensor, f"{where}[{name!r}]") for name, tensor in given.data.items()}
        pieces[where] = given._replace(data=data)
    labels = [piece.labels for piece in pieces.values()]
    return _together(pieces, torch.stack, 0, None if any(label is None for label in labels) else labels)


def _together(
    pieces: Mapping[str, Given], combine: Callable[..., Tensor], batch_axes: int, labels: Any, **options: Any
) -> MultimodalBaseDataset:
    """One data set of samples, or of parts with a batch axis, each by its name for messages."""
    (first, model), *_ = pieces.items()
    names, given = list(model.data), list(pieces.values())
    for where, piece in pieces.items():
        for what, found in (("modalities", piece.data), ("masks of", piece.masks)):
            if found is not None and set(found) != set(names):
                raise ValueError(f"{where}: expected the {what} {names}, as in {first}, got {list(found)}")
        if set(piece.size_factors) != set(model.size_factors):
            raise ValueError(
                f"{where}: expected size factors of {list(model.size_factors)}, as in {first}, "
                f"got {list(piece.size_factors)}"
            )
        for name, tensor in piece.data.items():
            expected, shape = (tuple(x.shape[batch_axes:]) for x in (model.data[name], tensor))
            if shape != expected:
                raise ValueError(
                    f"{where}: expected {name!r} of shape {expected}, as in {first}, got {shape}"
                )
    data = {name: combine([piece.data[name] for piece in given]) for name in names}
    if model.size_factors:
        options["size_factors"] = {
            name: combine([piece.size_factors[name] for piece in given]) for name in model.size_factors
        }
    if all(piece.masks is None for piece in given):
        return MultimodalBaseDataset(data, labels, **options)
    masks = {
        name: combine(
            alike(
                [None if piece.masks is None else piece.masks[name] for piece in given],
                [piece.data[name] for piece in given],
                batch_axes,
            )
        )
        for name in names
    }
    return IncompleteDataset(data, masks, labels, **options)


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
