"""Parts of data sets, data sets joined, lists of samples, data sets of others: each as one data set in tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Dataset, IterableDataset, Subset

from ..data import MultimodalBaseDataset
from .joining import joined, stacked


def gathered(inputs: Any) -> Any:
    """Several samples, such as a part or a list of them, as one data set; anything else as it is."""
    return as_dataset(inputs) if isinstance(inputs, (Dataset, DataLoader, list, tuple)) else inputs


def as_dataset(source: Any) -> MultimodalBaseDataset:
    """All samples of ``source`` as one data set; one that is held in tensors is returned as it is.

    Args:
        source: a data set of ours, ``Subset`` and ``ConcatDataset`` of whatever is listed here, nested as deep as
            one likes, a list of samples, or any data set with ``len`` and integer indices. A sample is a dict of
            modality → tensor, or holds one as ``data``, with ``masks`` and ``labels`` if it has any.

    A class with a ``__getitem__`` of its own is asked for its samples one by one, which may change them or draw them
    anew. Complete parts are observed everywhere if others have masks; labels are kept where every part has them.

    Raises:
        TypeError: nothing of these, or a sample of another kind.
        ValueError: no sample, or samples with different modalities or shapes.
    """
    if is_held(source):
        return source
    require_samples(source)
    return take(source, range(len(source)))


def take(source: Any, rows: Sequence[int] | Tensor) -> MultimodalBaseDataset:
    """The samples at ``rows`` of ``source``, in their order, as one data set; see :func:`as_dataset`."""
    rows = torch.as_tensor(rows, dtype=torch.long)
    if is_held(source):
        part: MultimodalBaseDataset = source[rows]
        return part
    if _reads_as(source, Subset):
        return take(source.dataset, torch.as_tensor(source.indices, dtype=torch.long)[rows])
    if _reads_as(source, ConcatDataset):
        return _take_joined(source, rows)
    return stacked(_samples(source, rows.tolist()), type(source).__name__)


def is_held(source: Any) -> bool:
    """Whether this is a data set of ours whose samples are rows of its tensors."""
    return _reads_as(source, MultimodalBaseDataset)


def is_fixed(source: Any) -> bool:
    """Whether the samples are the same whenever they are asked for: no class picks them in a way of its own."""
    if _reads_as(source, Subset):
        return is_fixed(source.dataset)
    if _reads_as(source, ConcatDataset):
        return all(is_fixed(part) for part in source.datasets)
    return is_held(source) or isinstance(source, (list, tuple))


def _reads_as(source: Any, kind: type) -> bool:
    """Whether ``source`` is a ``kind`` that neither counts nor picks its samples in a way of its own."""
    own = type(source)
    return isinstance(source, kind) and all(
        getattr(own, name, None) is getattr(kind, name, None)
        for name in ("__getitem__", "__getitems__", "__len__")
    )


def _samples(source: Any, rows: list[int]) -> Sequence[Any]:
    many = getattr(source, "__getitems__", None)  # as torch's loaders ask for several at once
    return [source[row] for row in rows] if many is None else many(rows)


def require_samples(source: Any) -> None:
    """Raise unless ``source`` has a length above 0 and can be indexed."""
    if isinstance(source, DataLoader):
        raise TypeError("inputs: expected samples, got a DataLoader; pass its batches, or its data set")
    if not (hasattr(source, "__getitem__") and hasattr(source, "__len__")) or isinstance(
        source, IterableDataset
    ):
        raise TypeError(
            f"inputs: expected a data set with a length and integer indices, got {type(source).__name__}"
        )
    if len(source) == 0:
        raise ValueError(f"inputs: expected at least one sample, got none in {type(source).__name__}")


def _take_joined(source: ConcatDataset, rows: Tensor) -> MultimodalBaseDataset:
    ends = torch.tensor(source.cumulative_sizes)
    outside = (rows < -len(source)) | (rows >= len(source))
    if bool(outside.any()):
        raise IndexError(f"index {int(rows[outside][0])} is out of range for {len(source)} samples")
    rows = torch.where(rows < 0, rows + len(source), rows)
    which = torch.searchsorted(ends, rows, right=True)
    parts, places = [], []
    for number in which.unique().tolist():
        here = (which == number).nonzero().flatten()
        start = int(ends[number - 1]) if number else 0
        parts.append(take(source.datasets[number], rows[here] - start))
        places.append(here)
    return joined(parts)[torch.cat(places).argsort()]
