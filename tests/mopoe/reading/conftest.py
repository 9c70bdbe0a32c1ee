"""Columns and tables that answer as pandas' do, for where it is not installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest


class Index:
    """Names of rows."""

    def __init__(self, names: Sequence[Any]) -> None:
        self.names = list(names)

    def __len__(self) -> int:
        return len(self.names)

    def equals(self, other: Index) -> bool:
        return self.names == other.names


class Kind:
    """A type of column that is none of numpy's: nullable numbers (``kind`` "i"), strings or categories ("O")."""

    def __init__(self, name: str, kind: str) -> None:
        self.name, self.kind = name, kind

    def __str__(self) -> str:
        return self.name


class Frame:
    """A table of named columns; rows are looked up by name, as pandas does, so that a list of them is none."""

    def __init__(
        self, columns: dict[Any, Sequence[Any]], index: Sequence[Any] | None = None, **kinds: Kind
    ) -> None:
        arrays = {name: np.asarray(values) for name, values in columns.items()}
        self.columns = list(arrays)
        self.dtypes = [kinds.get(str(name), array.dtype) for name, array in arrays.items()]
        self._values = np.stack([array.astype(object) for array in arrays.values()], 1)
        if all(isinstance(kind, np.dtype) and kind.kind in "biuf" for kind in self.dtypes):
            self._values = self._values.astype(np.result_type(*self.dtypes))
        self.index = Index(range(len(self._values)) if index is None else index)
        self.shape = self._values.shape
        self.iloc = None

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, key: Any) -> Any:
        raise KeyError(key)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        values = self._values.view()
        values.setflags(write=False)  # as under copy-on-write
        return values

    def to_numpy(self, dtype: Any = None, na_value: Any = None) -> np.ndarray:
        filled = [na_value if entry is None else entry for entry in self._values.reshape(-1).tolist()]
        return np.array(filled, dtype=dtype).reshape(self._values.shape)


class Column(Frame):
    """One column of a table."""

    def __init__(
        self, values: Sequence[Any], index: Sequence[Any] | None = None, name: Any = None, kind: Any = None
    ) -> None:
        super().__init__({"0": values}, index, **({} if kind is None else {"0": kind}))
        del self.columns
        self.dtypes, self.name = self.dtypes[0], name
        self._values = self._values[:, 0]
        self.shape = self._values.shape


@pytest.fixture(scope="session")
def frame() -> type[Frame]:
    return Frame


@pytest.fixture(scope="session")
def column() -> type[Column]:
    return Column


@pytest.fixture(scope="session")
def kind() -> type[Kind]:
    return Kind
