"""Rows of data: which ones an index means, and whether tables name theirs alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .tensors import read_tensor


def read_index(index: Any, length: int) -> slice | Tensor:
    """What picks the rows that ``index`` means out of a tensor of so many.

    Args:
        index: a slice, of any step, or whole numbers or truth values, one a row, in whatever holds numbers.
        length: number of rows.

    Raises:
        TypeError: anything else.
        IndexError: more than one axis, or other truth values than one for each row.
    """
    if isinstance(index, slice):
        forward = index.step is None or index.step > 0
        return index if forward else torch.tensor(range(*index.indices(length)), dtype=torch.long)
    rows = read_tensor(index, "index")
    if rows.numel() == 0 and rows.dtype != torch.bool:
        rows = rows.long()
    if rows.is_floating_point() or rows.is_complex():
        raise TypeError(f"index: expected whole numbers, truth values or a slice, got {rows.dtype}")
    if rows.ndim != 1 or (rows.dtype == torch.bool and len(rows) != length):
        each = f", one for each of {length} rows" if rows.dtype == torch.bool else ""
        raise IndexError(f"index: expected one axis{each}, got shape {tuple(rows.shape)}")
    return rows if rows.dtype == torch.bool else rows.long()


def require_same_rows(**named: Any) -> None:
    """Raise ``ValueError`` if columns or tables of data frames have rows of other names: they are taken by place.

    Args:
        named: what is given by argument, each a value or a dictionary of values.
    """
    rows: dict[str, Any] = {}
    for argument, value in named.items():
        values = (
            {f"{argument}[{name!r}]": x for name, x in value.items()} if isinstance(value, Mapping) else {}
        )
        for what, one in (values or {argument: value}).items():
            index = getattr(one, "index", None)
            if hasattr(index, "equals"):
                rows[what] = index
    first = next(iter(rows), "")
    for what, index in rows.items():
        if len(index) == len(rows[first]) and not index.equals(rows[first]):
            raise ValueError(
                f"{what}: expected the same index as {first}, as rows are matched by place, got another; bring both "
                "into one order, or pass .to_numpy() of each if they are"
            )
