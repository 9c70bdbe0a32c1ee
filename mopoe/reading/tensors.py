"""Tensors out of whatever holds numbers: arrays, lists of them, columns of tables, arrays of other libraries."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import torch
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from ..checks import check_modality_name

_SIGNED = {torch.uint16: torch.int32, torch.uint32: torch.int64, torch.uint64: torch.int64}
NUMBERS = "biufc"  # kinds of numpy's types: bool, integers, floats, complex


def read_tensor(value: Any, what: str) -> Tensor:
    """``value`` as a tensor.

    Args:
        value: a tensor, an array, lists of numbers, a list of arrays of one shape, a column or table of numbers of a
            data frame (missing ones become NaN), or what hands over its numbers by ``__array__`` or DLPack.
        what: its name, for messages.

    Raises:
        TypeError: no array of numbers; the message names ``what``, and the columns that hold no numbers.
        ValueError: arrays of different shapes in one list.
    """
    if isinstance(value, Tensor):
        return _dense(value, what)
    if isinstance(value, (list, tuple)) and value and all(getattr(entry, "shape", ()) for entry in value):
        return _stacked(value, what)
    _refuse_sparse(value, what)
    array = plain_array(value)
    if hasattr(array, "dtype") and hasattr(array, "astype"):
        array = _numbers(array, value, what)
    try:
        return from_dlpack(array) if _only_dlpack(array) else torch.as_tensor(array)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            f"{what}: expected a tensor or an array of numbers, got {type(value).__name__}"
        ) from error


def read_tensors(values: Any, what: str) -> dict[str, Tensor]:
    """Modality → tensor with a batch axis, in the order given.

    Raises:
        TypeError: no dictionary, a name that is no string, or a value that is no array of numbers.
        ValueError: no modality, a name that is taken, a single number in place of an array, or tables whose rows are
            not the same.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"{what}: expected a dict of modality name to tensor, got {type(values).__name__}")
    if not values:
        raise ValueError(f"{what}: expected at least one modality, got an empty dict")
    for name in values:
        check_modality_name(name, what)
    read = {name: read_tensor(value, f"{what}[{name!r}]") for name, value in values.items()}
    for name, tensor in read.items():
        if tensor.ndim == 0:
            raise ValueError(f"{what}[{name!r}]: expected a batch axis first, got a single number")
    return read


def countable(tensor: Tensor) -> Tensor:
    """Wide unsigned integers, which torch stores but does not compare, as signed ones; others as they are."""
    return tensor.to(_SIGNED[tensor.dtype]) if tensor.dtype in _SIGNED else tensor


def plain_array(value: Any) -> Any:
    """numpy's array of a value that can hand one over; the value itself if it cannot."""
    if isinstance(value, Tensor) or not callable(getattr(value, "__array__", None)):
        return value
    try:
        return value.__array__()
    except (TypeError, ValueError, RuntimeError):  # as an array on a GPU says
        return value


def _only_dlpack(value: Any) -> bool:
    return hasattr(value, "__dlpack__") and not hasattr(value, "__array_interface__")


def _numbers(array: Any, source: Any, what: str) -> Any:
    """A writable array of numbers in this machine's order of bytes."""
    if array.dtype.kind not in NUMBERS:
        array = _numbers_of_objects(array, source, what)
    # Torch cannot read negative strides and foreign orders of bytes, and must not write into what others protect.
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    readable = array.flags.writeable and all(step >= 0 for step in array.strides)
    return array if readable else array.copy()


def _numbers_of_objects(array: Any, source: Any, what: str) -> Any:
    odd = _odd_columns(source)
    if odd:
        raise TypeError(
            f"{what}: expected columns of numbers, got {', '.join(odd)}; leave them out, or turn them into numbers"
        )
    if hasattr(source, "iloc"):
        # Columns of numbers of different types, or with missing ones, which a data frame hands over as objects.
        return source.to_numpy(dtype="float64", na_value=float("nan"))
    entries = array.reshape(-1).tolist()
    if array.dtype.kind == "O" and all(isinstance(entry, Real) for entry in entries):
        return array.astype("float64")
    odd_one = next((entry for entry in entries if not isinstance(entry, Real)), None)
    raise TypeError(f"{what}: expected numbers, got an array of {array.dtype} with {odd_one!r:.40}")


def _odd_columns(source: Any) -> list[str]:
    """Columns of a data frame, or a column, that hold no numbers, each with its type."""
    types = getattr(source, "dtypes", None)
    if types is None:
        return []
    columns = (
        zip(source.columns, types, strict=True) if hasattr(source, "columns") else [(source.name, types)]
    )
    return [f"{name!r} ({kind})" for name, kind in columns if not _is_of_numbers(kind)]


def _is_of_numbers(kind: Any) -> bool:
    """Whether a column of this type holds numbers, by pandas' or by polars' word."""
    if hasattr(kind, "is_numeric"):
        return bool(kind.is_numeric()) or str(kind) == "Boolean"
    return getattr(kind, "kind", "O") in NUMBERS


def _stacked(values: Any, what: str) -> Tensor:
    read = [read_tensor(entry, f"{what}[{place}]") for place, entry in enumerate(values)]
    for place, tensor in enumerate(read):
        if tensor.shape != read[0].shape:
            raise ValueError(
                f"{what}: expected arrays of one shape, got {tuple(read[0].shape)} at 0 and "
                f"{tuple(tensor.shape)} at {place}"
            )
    return torch.stack(read)


def _dense(tensor: Tensor, what: str) -> Tensor:
    if tensor.layout != torch.strided or tensor.is_nested or tensor.is_quantized:
        kind = "quantized" if tensor.is_quantized else "nested" if tensor.is_nested else tensor.layout
        raise TypeError(f"{what}: expected a dense tensor, got a {kind} one; pass its .to_dense()")
    return tensor


def _refuse_sparse(value: Any, what: str) -> None:
    if callable(getattr(value, "toarray", None)) and hasattr(value, "nnz"):
        raise TypeError(
            f"{what}: expected a dense array, got {type(value).__name__} of shape {value.shape}; pass its .toarray()"
        )
    if hasattr(value, "filled") and hasattr(value, "mask"):
        raise TypeError(
            f"{what}: expected a plain array, got a masked one; pass its .data, and what is missing as masks"
        )
