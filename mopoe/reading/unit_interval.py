"""Numbers from 0 to 255 that are kept as bytes and read as numbers from 0 to 1: a quarter of the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor


class UnitInterval(Mapping[str, Tensor]):
    """Tensors by modality, of which ``names`` are kept as bytes and read as x / 255, anew whenever they are read.

    Attributes:
        kept: modality → tensor as it is held in memory.
        names: those that are held as bytes.
    """

    def __init__(self, kept: Mapping[str, Tensor], names: Sequence[str]) -> None:
        self.kept = dict(kept)
        self.names = tuple(names)

    def __getitem__(self, name: str) -> Tensor:
        tensor = self.kept[name]
        return tensor.to(torch.get_default_dtype()).div_(255) if name in self.names else tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self.kept)

    def __len__(self) -> int:
        return len(self.kept)

    def __repr__(self) -> str:
        return f"UnitInterval({', '.join(self.names)} of {', '.join(self.kept)})"

    def changed(self, change: Callable[[Tensor], Tensor]) -> UnitInterval:
        """``change`` done to each tensor as it is held."""
        return UnitInterval({name: change(tensor) for name, tensor in self.kept.items()}, self.names)


def declared(data: dict[str, Tensor], names: Sequence[str]) -> Mapping[str, Tensor]:
    """``data`` with the modalities ``names`` read as x / 255; ``data`` itself if there are none.

    Raises:
        TypeError: a modality of other numbers than bytes.
        ValueError: no such modality.
    """
    for name in names:
        if name not in data:
            raise ValueError(f"unit_interval: expected modalities among {list(data)}, got {name!r}")
        if data[name].dtype != torch.uint8:
            raise TypeError(
                f"unit_interval: expected {name!r} in whole numbers from 0 to 255 of type uint8, got "
                f"{data[name].dtype}; x / 255 needs no declaration"
            )
    return UnitInterval(data, names) if names else data


def of_modalities(data: Mapping[str, Tensor], names: Sequence[str]) -> Mapping[str, Tensor]:
    """Some of the modalities, in this order; bytes stay bytes."""
    kept = {name: kept_tensors(data)[name] for name in names}
    return declared(kept, [name for name in names if name in names_of_bytes(data)])


def as_names(names: str | Sequence[str]) -> Sequence[str]:
    """Names of modalities; one alone may stand without a list."""
    return [names] if isinstance(names, str) else names


def kept_tensors(data: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The tensors as they are held in memory: bytes where they are bytes."""
    return data.kept if isinstance(data, UnitInterval) else data


def names_of_bytes(data: Mapping[str, Tensor]) -> tuple[str, ...]:
    """The modalities that are kept as bytes and read as x / 255."""
    return data.names if isinstance(data, UnitInterval) else ()
