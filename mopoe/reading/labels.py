"""Labels: numbers as they are, names as numbers 0, 1, … with the names beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .tensors import countable, plain_array, read_tensor


def read_labels(
    labels: Any, length: int, names: Sequence[str] | None = None
) -> tuple[Tensor, tuple[str, ...] | None]:
    """Labels as a tensor of ``length`` rows, and what 0, 1, … stand for, where that is known.

    Args:
        labels: numbers, (B, ...), or B strings. A categorical column of strings keeps the order of its categories.
        length: B.
        names: what 0, 1, … stand for; by default the strings that occur, sorted.

    Raises:
        TypeError: neither numbers nor strings.
        ValueError: another length, a name twice, a string that ``names`` lack, a number beyond them or between them.
    """
    if names is not None and len(set(names)) < len(names):
        raise ValueError(f"label_names: expected each once, got {', '.join(names)}")
    strings, categories = _read_strings(labels)
    if strings is None:
        tensor = countable(read_tensor(labels, "labels"))
        if tensor.ndim == 0 or len(tensor) != length:
            raise ValueError(f"labels: expected length {length} as the data, got shape {tuple(tensor.shape)}")
        return (tensor, None) if names is None else (_codes(tensor, names), tuple(names))
    if len(strings) != length:
        raise ValueError(f"labels: expected length {length} as the data, got {len(strings)} strings")
    known = tuple(names or categories or sorted(set(strings)))
    codes = {name: code for code, name in enumerate(known)}
    unknown = next((text for text in strings if text not in codes), None)
    if unknown is not None:
        raise ValueError(f"labels: expected some of the label_names {', '.join(known)}, got {unknown!r}")
    return torch.tensor([codes[text] for text in strings]), known


def recoded(labels: Tensor, names: Sequence[str], among: Sequence[str]) -> Tensor:
    """Labels of ``names`` as labels of the names ``among``."""
    codes = torch.tensor([among.index(name) for name in names], device=labels.device)
    return codes[labels.long()]


def _codes(labels: Tensor, names: Sequence[str]) -> Tensor:
    """Labels that number ``names``; floats that are whole, as columns with gaps have them, as integers."""
    whole = labels.long() if labels.is_floating_point() else labels
    if not torch.equal(whole.to(labels.dtype), labels):
        raise ValueError(
            f"labels: expected whole numbers, as there are label_names, got {labels.dtype} with others"
        )
    low, high = labels.min().item(), labels.max().item()
    if low < 0 or high >= len(names):
        raise ValueError(
            f"labels: expected 0 to {len(names) - 1}, one of the {len(names)} label_names, got {low} to {high}"
        )
    return whole


def _read_strings(labels: Any) -> tuple[list[str] | None, list[str] | None]:
    """The strings, one a sample, and their categories in order; ``None`` where there are none."""
    if isinstance(labels, (str, bytes, Tensor)):
        return None, None
    array = plain_array(labels)
    values = list(labels) if isinstance(labels, (list, tuple)) else _listed(array)
    if not any(isinstance(value, str) for value in values):
        return None, None
    odd = next((place for place, value in enumerate(values) if not isinstance(value, str)), None)
    if odd is not None:
        raise TypeError(
            f"labels: expected only strings or only numbers, got {values[odd]!r} at {odd} among strings; where a "
            "label is missing, write a name such as 'unknown', or leave the sample out"
        )
    return [str(value) for value in values], _categories(labels)


def _listed(array: Any) -> list[Any]:
    """The entries of a vector of objects or strings; none of anything else."""
    kind = getattr(getattr(array, "dtype", None), "kind", "")
    return list(array.tolist()) if kind in ("O", "U", "T") and getattr(array, "ndim", 0) == 1 else []


def _categories(labels: Any) -> list[str] | None:
    holder = labels if hasattr(labels, "categories") else getattr(labels, "cat", None)
    categories = getattr(holder, "categories", None)
    return None if categories is None else [str(name) for name in categories]
