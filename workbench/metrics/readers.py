"""Readers: whatever tells the label of a datum, a classifier of pictures or one of texts; and true labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor

from mopoe import MoPoE, MultimodalBaseDataset


class Reader(Protocol):
    """Reads what a datum shows: (B, \\*dims) → labels (B,)."""

    def classify(self, data: Tensor, /) -> Tensor:
        """The label of each datum."""
        ...


def readers_of(model: Any, readers: Mapping[str, Any]) -> dict[str, Any]:
    """``readers`` for what ``model`` generates: of ids of classes they are given those that are most probable."""
    kinds = model.likelihoods if isinstance(model, MoPoE) else {}
    return {
        name: ReadsIds(reader) if name in kinds and kinds[name].n_ids else reader
        for name, reader in readers.items()
    }


@dataclass(frozen=True)
class ReadsIds:
    """A reader of ids, (B, \\*dims), that is given probabilities of all of them, (B, \\*dims, V)."""

    reader: Any

    def classify(self, data: Tensor, **options: Any) -> Tensor:
        """The label of each datum."""
        found: Tensor = self.reader.classify(data.argmax(-1), **options)
        return found


def read_data(reader: Any, data: Tensor, legacy: bool = False) -> Tensor:
    """Labels by a :class:`Reader`, which need not know of ``legacy`` as long as nobody asks for it."""
    return reader.classify(data, legacy=True) if legacy else reader.classify(data)


def read_labels(data: Any, what: str) -> Tensor:
    """The labels of a data set, (B,) whole numbers >= 0.

    Raises:
        TypeError: no data set, or labels that are no whole numbers.
        ValueError: no labels, another shape, or negative ones.
    """
    if not isinstance(data, MultimodalBaseDataset):
        raise TypeError(f"{what}: expected a MultimodalBaseDataset, got {type(data).__name__}")
    labels = data.labels
    if labels is None:
        raise ValueError(f"{what}: expected data with labels, got none")
    if labels.is_floating_point() or labels.is_complex():
        raise TypeError(f"{what}: expected whole numbers as labels, got {labels.dtype}")
    if labels.ndim != 1 or bool((labels < 0).any()):
        raise ValueError(
            f"{what}: expected labels of shape (B,), none negative, got shape {tuple(labels.shape)}"
        )
    return labels.long()
