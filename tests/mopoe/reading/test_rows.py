"""Rows by any index, and batches of whatever samples a loader meets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import ConcatDataset, DataLoader, default_collate

from mopoe import Batch, IncompleteDataset, MultimodalBaseDataset, Sample, collate

N = 5
X = torch.arange(10.0).reshape(N, 2)


def whole() -> MultimodalBaseDataset:
    return MultimodalBaseDataset({"x": X, "y": X[:, 0]}, torch.arange(N))


@given(
    st.one_of(
        st.slices(N),
        st.lists(st.integers(-N, N - 1), max_size=7),
        st.lists(st.booleans(), min_size=N, max_size=N),
    ),
    st.sampled_from([list, tuple, np.array, torch.tensor]),
)
def test_rows_are_those_of_an_array(index: Any, kind: Any) -> None:
    expected = X.numpy()[index if isinstance(index, slice) else np.array(index, None if index else int)]
    part = whole()[index if isinstance(index, slice) else kind(index)]
    assert part.data["x"].numpy().tolist() == expected.tolist()
    assert part.labels.tolist() == part.data["y"].div(2).long().tolist()


def test_columns_of_a_table_pick_rows(column: Any) -> None:
    assert whole()[column([4, 0], index=[9, 7])].labels.tolist() == [4, 0]
    assert whole()[column([True, False, False, True, False])].labels.tolist() == [0, 3]


@pytest.mark.parametrize(
    ("index", "kind", "message"),
    [
        ("x", TypeError, "index: expected a tensor or an array of numbers, got str"),
        (None, TypeError, "index: .* got NoneType"),
        ([0.0, 1.0], TypeError, "index: expected whole numbers, truth values or a slice, got torch.float32"),
        (1.5, TypeError, "index: expected whole numbers"),
        ([[0, 1]], IndexError, r"index: expected one axis, got shape \(1, 2\)"),
        ([True, False], IndexError, r"index: expected one axis, one for each of 5 rows, got shape \(2,\)"),
        ([0, 5], IndexError, "out of "),
    ],
)
def test_what_picks_no_rows_is_refused(index: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        whole()[index]


@pytest.mark.parametrize("options", [{}, {"collate_fn": collate}, {"num_workers": 1}])
@pytest.mark.parametrize("entries", [False, True])
@pytest.mark.parametrize("incomplete_first", [False, True])
def test_batches_of_complete_and_incomplete_samples_forget_no_mask(
    options: dict[str, Any], entries: bool, incomplete_first: bool
) -> None:
    mask = (
        torch.tensor([[1, 0], [0, 0], [1, 1], [0, 1], [1, 1]]) if entries else torch.tensor([1, 0, 1, 0, 1])
    )
    some = IncompleteDataset({"x": X, "y": X[:, 0]}, {"x": mask, "y": torch.ones(N)}, torch.arange(N))
    parts, order = ([some, whole()], 1) if incomplete_first else ([whole(), some], -1)
    (batch,) = DataLoader(ConcatDataset(parts), batch_size=2 * N, **options)
    assert type(batch) is Batch and batch.masks["y"].shape == (2 * N,)
    expected = torch.cat([mask.bool(), torch.ones_like(mask).bool()][::order])
    assert torch.equal(batch.masks["x"], expected) and batch.labels.tolist() == [*range(N)] * 2


def test_a_batch_of_labelled_and_other_samples_has_no_labels() -> None:
    batch = default_collate([whole()[0], Sample(data=whole()[1].data)])
    assert batch.labels is None and batch.data["x"].shape == (2, 2)


def test_whatever_else_samples_hold_is_collated_too() -> None:
    samples = [Sample({**whole()[i], "word": word, "place": i}) for i, word in enumerate("ab")]
    for batch in (
        collate(samples),
        default_collate(samples),
        default_collate([{"pair": s} for s in samples])["pair"],
    ):
        assert type(batch) is Batch and batch.word == ["a", "b"] and batch.place.tolist() == [0, 1]
