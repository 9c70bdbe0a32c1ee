"""Whatever holds numbers becomes a tensor of these numbers, or is refused by name."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.datasets import load_wine

from mopoe import MultimodalBaseDataset
from mopoe.reading.tensors import read_tensor, read_tensors


class OnlyDLPack:
    """An array of another library that offers DLPack alone."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor

    def __dlpack__(self, **options: Any) -> Any:
        return self.tensor.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.tensor.__dlpack_device__()


class OnlyArray:
    """An array of another library that hands over numpy's."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        values = np.arange(6.0).reshape(3, 2)
        values.setflags(write=False)
        return values


kinds = st.one_of(
    arrays.boolean_dtypes(),
    arrays.integer_dtypes(endianness="?"),
    arrays.unsigned_integer_dtypes(endianness="?"),
    arrays.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
)


@given(data=st.data(), read_only=st.booleans())
def test_arrays_of_any_type_order_and_layout_keep_their_numbers(data: Any, read_only: bool) -> None:
    array = data.draw(arrays.arrays(data.draw(kinds), arrays.array_shapes(min_dims=1, max_dims=3)))
    view = array[data.draw(arrays.basic_indices(array.shape, min_dims=1, allow_newaxis=False))]
    view = view.view()
    view.setflags(write=not read_only)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_tensor(view, "x")
    np.testing.assert_array_equal(found.numpy(), view)
    assert found.numpy().dtype == view.dtype.newbyteorder("=")


def test_what_others_protect_is_copied_and_the_rest_is_shared() -> None:
    array = np.arange(6.0)
    assert read_tensor(array, "x").data_ptr() == array.ctypes.data
    array.setflags(write=False)
    read_tensor(array, "x")[0] = 7
    assert array[0] == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([[1, 2], [3, 4.5]], [[1, 2], [3, 4.5]]),
        (range(3), [0, 1, 2]),
        ([np.ones(2), np.zeros(2)], [[1, 1], [0, 0]]),
        ((torch.ones(2), torch.zeros(2)), [[1, 1], [0, 0]]),
        ([np.float64(2), np.float64(3)], [2, 3]),
        ([torch.tensor(2.0), torch.tensor(3.0)], [2, 3]),
        (np.array([[1, 2.5], [np.int64(3), True]], dtype=object), [[1, 2.5], [3, 1]]),
        (OnlyArray(), [[0, 1], [2, 3], [4, 5]]),
        (OnlyDLPack(torch.arange(3)), [0, 1, 2]),
    ],
)
def test_numbers_in_other_containers(value: Any, expected: Any) -> None:
    assert read_tensor(value, "x").tolist() == expected


def test_columns_and_tables_are_taken_by_place(frame: Any, column: Any, kind: Any) -> None:
    table = frame({0: [1.5, 2.5], 1: [3, 4], 2: [True, False]}, index=[7, 3])
    assert read_tensor(table, "x").tolist() == [[1.5, 3, 1], [2.5, 4, 0]]
    assert read_tensor(column([5, 6], index=[7, 3]), "x").tolist() == [5, 6]
    nullable = frame({"a": [1, None], "b": [0.5, 2.0]}, a=kind("Int64", "i"))
    torch.testing.assert_close(
        read_tensor(nullable, "x"),
        torch.tensor([[1, 0.5], [float("nan"), 2]], dtype=torch.float64),
        equal_nan=True,
    )


def test_columns_without_numbers_are_named(frame: Any, column: Any, kind: Any) -> None:
    table = frame(
        {"height": [1.0, 2.0], "name": ["a", "b"], "group": ["u", "v"]},
        name=kind("str", "O"), group=kind("category", "O"),
    )  # fmt: skip
    with pytest.raises(
        TypeError, match=r"data\['t'\]: expected columns of numbers, got 'name' \(str\), 'group' \(cat"
    ):
        read_tensors({"t": table}, "data")
    with pytest.raises(TypeError, match=r"t: expected columns of numbers, got 'who' \(str\)"):
        read_tensor(column(["a", "b"], name="who", kind=kind("str", "O")), "t")


def test_rows_of_other_names_are_refused(frame: Any, column: Any) -> None:
    table, same = frame({"a": [1.0, 2.0]}, index=[4, 9]), column([3.0, 4.0], index=[4, 9])
    other = column([3.0, 4.0], index=[9, 4])
    assert len(MultimodalBaseDataset({"t": table, "c": same, "n": np.ones(2)}, same)) == 2
    with pytest.raises(ValueError, match=r"data\['c'\]: expected the same index as data\['t'\]"):
        MultimodalBaseDataset({"t": table, "c": other})
    with pytest.raises(ValueError, match=r"labels: expected the same index as data\['t'\]"):
        MultimodalBaseDataset({"t": table}, other)


def test_tables_of_a_data_frame_library_where_it_is_installed() -> None:
    pandas = pytest.importorskip("pandas")
    wine = load_wine()
    table = pandas.DataFrame(wine.data, columns=wine.feature_names).sample(frac=1, random_state=0)
    labels = pandas.Series(wine.target_names[wine.target])[table.index]
    dataset = MultimodalBaseDataset({"acids": table.iloc[:, :5], "rest": table.iloc[:, 5:]}, labels)
    assert torch.equal(dataset.data["acids"], torch.tensor(wine.data[table.index][:, :5]))
    assert [dataset.label_names[code] for code in dataset.labels] == labels.tolist()


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "a word": (lambda: "word", TypeError, "x: expected a tensor or an array of numbers, got str"),
    "None": (lambda: None, TypeError, "x: .* got NoneType"),
    "words": (lambda: ["a", "b"], TypeError, "x: .* got list"),
    "an array of words": (
        lambda: np.array(["a"]),
        TypeError,
        "x: expected numbers, got an array of <U1 with 'a'",
    ),
    "None among numbers": (
        lambda: np.array([1, None]),
        TypeError,
        "x: expected numbers, .* object with None",
    ),
    "dates": (lambda: np.array(["2020-01-01"], "M8[D]"), TypeError, "x: expected numbers, .*datetime64"),
    "records": (lambda: np.zeros(2, [("a", "f4")]), TypeError, "x: expected numbers"),
    "uneven lists": (lambda: [[1], [1, 2]], TypeError, "x: expected a tensor"),
    "uneven arrays": (
        lambda: [np.ones(2), np.ones(3)],
        ValueError,
        r"x: expected arrays of one shape, got \(2,\) at 0 and \(3,\) at 1",
    ),
    "a masked array": (
        lambda: np.ma.masked_less(np.ones(2), 3),
        TypeError,
        "x: .* got a masked one; .* as masks",
    ),
    "a sparse tensor": (
        lambda: torch.eye(2).to_sparse(),
        TypeError,
        r"x: .*sparse_coo one; pass its \.to_dense",
    ),
    "long doubles": (lambda: np.ones(2, np.longdouble), TypeError, "x: expected a tensor or an array"),
}


@pytest.mark.parametrize("what", list(REFUSED))
def test_what_holds_no_numbers_is_refused_by_name(what: str) -> None:
    make, kind, message = REFUSED[what]
    with pytest.raises(kind, match=message):
        read_tensor(make(), "x")


def test_sparse_matrices_are_refused_with_the_remedy() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(
        TypeError, match=r"x: expected a dense array, got csr_array of shape \(3, 3\); .*toarray"
    ):
        read_tensor(sparse.csr_array(np.eye(3)), "x")
