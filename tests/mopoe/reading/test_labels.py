"""Labels that are names: numbers with the names beside them, in every part of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, Subset

from mopoe import IncompleteDataset, MultimodalBaseDataset, collate
from mopoe.reading.parts import as_dataset
from workbench.datasets import MultimodalDataset

WORDS = ["owl", "cat", "owl", "dog", "cat"]
X = torch.arange(10.0).reshape(5, 2)


@pytest.mark.parametrize(
    "labels",
    [WORDS, tuple(WORDS), np.array(WORDS), np.array(WORDS, dtype=object), [np.str_(word) for word in WORDS]],
)
def test_names_become_numbers_in_alphabetical_order(labels: Any) -> None:
    for dataset in (
        MultimodalBaseDataset({"x": X}, labels),
        IncompleteDataset({"x": X}, {"x": [1] * 5}, labels),
    ):
        assert dataset.label_names == ("cat", "dog", "owl")
        assert dataset.labels.tolist() == [2, 0, 2, 1, 0] and dataset.labels.dtype == torch.int64


def test_columns_of_names(column: Any, kind: Any) -> None:
    dataset = MultimodalBaseDataset({"x": X}, column(WORDS, kind=kind("str", "O"), index=[9, 8, 7, 6, 5]))
    assert dataset.labels.tolist() == [2, 0, 2, 1, 0]
    categories = column(WORDS, kind=kind("category", "O"))
    categories.cat = type("Accessor", (), {"categories": ["owl", "ape", "dog", "cat"]})
    dataset = MultimodalBaseDataset({"x": X}, categories)
    assert dataset.label_names == ("owl", "ape", "dog", "cat") and dataset.labels.tolist() == [0, 3, 0, 2, 3]


@given(st.lists(st.sampled_from(["b", "ä", "", "aa"]), min_size=1, max_size=12), st.data())
def test_names_survive_whatever_is_made_of_the_data(words: list[str], data: Any) -> None:
    rows = data.draw(st.lists(st.integers(0, len(words) - 1), min_size=1, max_size=6))
    dataset = MultimodalBaseDataset({"x": torch.arange(len(words))}, words)

    def names(labels: Any) -> list[str]:
        return [dataset.label_names[int(code)] for code in labels]

    chosen = [words[row] for row in rows]
    for part in (dataset[rows], as_dataset(Subset(dataset, rows)), dataset[rows].to("cpu")):
        assert part.label_names == dataset.label_names and names(part.labels) == chosen
    assert names(collate([dataset[row] for row in rows]).labels) == chosen
    batches = DataLoader(Subset(dataset, rows), batch_size=2)
    assert [name for batch in batches for name in names(batch.labels)] == chosen


def test_names_given_beforehand_say_the_order() -> None:
    given_names = ["owl", "dog", "cat", "ape"]
    for kind in (MultimodalBaseDataset, MultimodalDataset):
        dataset = kind({"x": X}, WORDS, label_names=given_names)
        assert dataset.labels.tolist() == [0, 2, 0, 1, 2] and dataset.label_names == tuple(given_names)


def test_samples_that_are_somebodys_dictionaries_may_have_names() -> None:
    found = as_dataset([{"data": {"x": row}, "labels": word} for row, word in zip(X, WORDS, strict=True)])
    assert [found.label_names[code] for code in found.labels] == WORDS


def test_whole_floats_number_names_too() -> None:
    labels = MultimodalBaseDataset({"x": X}, [0.0, 1, 1, 0, 1], label_names=["a", "b"]).labels
    assert labels.tolist() == [0, 1, 1, 0, 1] and labels.dtype == torch.int64


def test_numbers_have_no_names_of_their_own() -> None:
    assert MultimodalBaseDataset({"x": X}, [3, 1, 4, 1, 5]).label_names is None
    assert MultimodalBaseDataset({"x": X}, label_names=["a"]).label_names == ("a",)


@pytest.mark.parametrize(
    ("labels", "options", "kind", "message"),
    [
        (WORDS[:4], {}, ValueError, "labels: expected length 5 as the data, got 4 strings"),
        ("words", {}, TypeError, "labels: expected a tensor or an array of numbers, got str"),
        (["owl", 1, "cat", 2, 3], {}, TypeError, "labels: expected only strings or only numbers, got 1 at 1"),
        (
            [None, "owl", "cat", "owl", "cat"],
            {},
            TypeError,
            r"labels: .* got None at 0 among strings; .* a name such as 'unknown'",
        ),
        (
            np.array(["a", float("nan"), "b", "a", "b"], object),
            {},
            TypeError,
            "labels: .* got nan at 1 among",
        ),
        (
            WORDS,
            {"label_names": ["owl", "cat"]},
            ValueError,
            "labels: expected some of .* owl, cat, got 'dog'",
        ),
        (WORDS, {"label_names": ["owl", "cat", "dog", "cat"]}, ValueError, "label_names: expected each once"),
        ([0, 1, 0.5, 1, 0], {"label_names": ["a", "b"]}, ValueError, "labels: expected whole numbers"),
        (
            [0, 1, float("nan"), 1, 0],
            {"label_names": ["a", "b"]},
            ValueError,
            "labels: expected whole numbers",
        ),
        ([0, 1, 2, 1, 0], {"label_names": ["a", "b"]}, ValueError, "labels: expected 0 to 1, .* got 0 to 2"),
        ([b"a"] * 5, {}, TypeError, "labels: expected"),
        ({"a": 1}, {}, TypeError, "labels: expected a tensor or an array of numbers, got dict"),
        (np.array([WORDS, WORDS]).T, {}, TypeError, "labels: expected numbers, got an array of <U3"),
    ],
)
def test_labels_that_are_neither_are_refused(
    labels: Any, options: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        MultimodalBaseDataset({"x": X}, labels, **options)
