"""What was handed over, taken apart: data, masks, size factors and labels, by attribute or by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

from ..output import read_entry
from .tensors import countable, read_tensor


class Given(NamedTuple):
    """What was handed over, before it is checked against a model."""

    data: dict[str, Any]
    masks: dict[str, Tensor] | None
    size_factors: dict[str, Tensor]
    labels: Any


def data_of(inputs: Any) -> Any:
    """What ``inputs`` holds as ``data``; itself where that is no dictionary."""
    held = read_entry(inputs, "data")
    return held if isinstance(held, Mapping) else inputs


def read_given(inputs: Any) -> Given:
    """The parts of a data set, a batch, a sample, or a dictionary of tensors.

    Raises:
        TypeError: none of these, or masks or size factors that are no dictionary of tensors.
    """
    data = data_of(inputs)
    if not isinstance(data, Mapping) or not data:
        raise TypeError(
            f"inputs: expected a data set, a batch, a sample or a dict of tensors, got {type(inputs).__name__}"
        )
    read = {name: countable(x) if isinstance(x, Tensor) else x for name, x in data.items()}
    if data is inputs:
        return Given(read, None, {}, None)
    masks = _tensors(inputs, "masks")
    return Given(read, masks, _tensors(inputs, "size_factors") or {}, read_entry(inputs, "labels"))


def _tensors(inputs: Any, what: str) -> dict[str, Tensor] | None:
    values = read_entry(inputs, what)
    if values is None:
        return None
    if not isinstance(values, Mapping):
        raise TypeError(f"{what}: expected a dict of modality to tensor, got {type(values).__name__}")
    return {name: countable(read_tensor(value, f"{what}[{name!r}]")) for name, value in values.items()}
