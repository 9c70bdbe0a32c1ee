"""Data sets of tensors: indexing, moving, collating, refusing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Subset, random_split

from mopoe import Batch, IncompleteDataset, MultimodalBaseDataset, Sample, collate

X = torch.arange(12.0).reshape(6, 2)
Y = torch.arange(6.0)
MASKS = {"x": torch.tensor([1, 1, 0, 1, 0, 1]), "y": torch.tensor([1, 0, 1, 1, 1, 1])}


def complete() -> MultimodalBaseDataset:
    return MultimodalBaseDataset({"x": X, "y": Y}, labels=torch.arange(6))


def incomplete() -> IncompleteDataset:
    return IncompleteDataset({"x": X, "y": Y}, MASKS, labels=list(range(6)))


def test_a_data_set_shows_what_it_holds() -> None:
    bytes_of = MultimodalBaseDataset(
        {"x": X, "photo": torch.zeros(6, 2, 2, dtype=torch.uint8)}, unit_interval="photo"
    )
    assert repr(bytes_of) == "MultimodalBaseDataset(6 samples: x (2,) float32, photo (2, 2) uint8)"
    assert repr(incomplete()[:2]) == "IncompleteDataset(2 samples: x (2,) float32, y () float32)"


@pytest.mark.parametrize(
    "index", [0, 3, 5, -1, -6, np.int64(3), torch.tensor(3), torch.tensor(-2, dtype=torch.int32)]
)
def test_one_index_gives_one_sample(index: Any) -> None:
    for dataset in (complete(), incomplete()):
        sample, i = dataset[index], int(index) % 6
        assert isinstance(sample, Sample)
        assert torch.equal(sample.data["x"], X[i])
        assert sample.data["y"].shape == ()
        assert int(sample.labels) == i
        assert hasattr(sample, "masks") == isinstance(dataset, IncompleteDataset)
        if isinstance(dataset, IncompleteDataset):
            assert bool(sample.masks["x"]) == bool(MASKS["x"][i])


@pytest.mark.parametrize(
    "index",
    [
        slice(1, 4),
        slice(None, None, 2),
        slice(-2, None),
        [0, 5, 5],
        [-1],
        range(2, 4),
        np.array([4, 1]),
        torch.tensor([3]),
        torch.tensor([True, False, True, False, False, True]),
        [True, False, True, False, False, True],
        np.arange(6) % 2 == 0,
    ],
)
def test_many_indices_give_a_data_set_of_the_same_class(index: Any) -> None:
    positions = np.arange(6)[
        list(index)
        if isinstance(index, range)
        else np.asarray(index)
        if not isinstance(index, slice)
        else index
    ]
    for dataset in (complete(), incomplete()):
        part = dataset[index]
        assert type(part) is type(dataset)
        assert len(part) == len(positions)
        assert torch.equal(part.data["x"], X[positions])
        assert torch.equal(part.labels, torch.as_tensor(positions))
        if isinstance(dataset, IncompleteDataset):
            assert torch.equal(part.masks["y"], MASKS["y"].bool()[positions])
        assert len(dataset) == 6


@pytest.mark.parametrize("index", [6, -7, torch.tensor(6), [0, 6], [True] * 5])
def test_an_index_out_of_range_is_an_index_error(index: Any) -> None:
    with pytest.raises(IndexError):
        complete()[index]


def test_iteration_visits_every_sample_once() -> None:
    assert [int(sample.labels) for sample in complete()] == list(range(6))


def test_modalities_and_shapes_are_ready_for_a_config() -> None:
    assert complete().modalities == ["x", "y"]
    assert complete().input_dims == {"x": (2,), "y": ()}
    assert not hasattr(complete(), "masks") and hasattr(incomplete(), "masks")


def test_to_moves_everything_and_leaves_the_original() -> None:
    dataset = incomplete()
    moved = dataset.to("meta")
    assert {t.device.type for t in (*moved.data.values(), *moved.masks.values(), moved.labels)} == {"meta"}
    assert {t.device.type for t in (*dataset.data.values(), *dataset.masks.values(), dataset.labels)} == {
        "cpu"
    }
    assert type(moved) is IncompleteDataset


@pytest.mark.parametrize("settings", [{}, {"collate_fn": collate}])
def test_loaders_keep_data_labels_and_masks(settings: dict[str, Any]) -> None:
    for dataset in (complete(), incomplete()):
        batches = list(DataLoader(dataset, batch_size=4, **settings))
        assert [type(batch) for batch in batches] == [Batch, Batch]
        assert torch.equal(torch.cat([b.data["x"] for b in batches]), X)
        assert torch.equal(torch.cat([b["labels"] for b in batches]), torch.arange(6))
        if not hasattr(dataset, "masks"):
            assert not hasattr(batches[0], "masks")
        else:
            assert torch.equal(torch.cat([b.masks["x"] for b in batches]), MASKS["x"].bool())


@pytest.mark.parametrize("dtype", [torch.uint16, torch.uint32, torch.uint64])
def test_wide_unsigned_integers_become_signed_ones_which_torch_compares(dtype: torch.dtype) -> None:
    counts = torch.tensor([[0, 65535], [3, 1]])
    data = MultimodalBaseDataset({"x": counts.to(dtype)}, counts[:, 1].to(dtype), size_factors={"x": [1, 2]})
    for found, expected in ((data.data["x"], counts), (data.labels, counts[:, 1])):
        assert torch.equal(found.long(), expected) and int(found.max()) == 65535


def test_parts_made_by_torch_can_be_loaded() -> None:
    dataset = incomplete()
    for part in (Subset(dataset, [4, 0]), random_split(dataset, [4, 2])[1]):
        batch = next(iter(DataLoader(part, batch_size=2)))
        assert batch.data["x"].shape == (2, 2)
        assert torch.equal(batch.data["y"], batch.labels.float())


def test_masks_of_any_type_become_boolean() -> None:
    for kind in (torch.bool, torch.uint8, torch.int64, torch.float32):
        masks = {m: mask.to(kind) for m, mask in MASKS.items()}
        found = IncompleteDataset({"x": X, "y": Y}, masks).masks
        assert list(found) == ["x", "y"]
        assert all(torch.equal(found[m], MASKS[m].bool()) for m in "xy")
    found = IncompleteDataset(
        {"x": X, "y": Y}, {m: mask.numpy() for m, mask in reversed(MASKS.items())}
    ).masks
    assert list(found) == ["x", "y"]


BAD_DATA: list[tuple[Any, type[Exception], str]] = [
    ([X], TypeError, "data: expected a dict of modality name to tensor, got list"),
    ({}, ValueError, "data: expected at least one modality"),
    ({1: X}, TypeError, "data: expected modality names of type str, got 1"),
    ({"x": "text"}, TypeError, r"data\['x'\]: expected a tensor or an array of numbers, got str"),
    ({"x": [[1, 2], [3]]}, TypeError, r"data\['x'\]: expected a tensor"),
    ({"x": torch.tensor(3.0)}, ValueError, r"data\['x'\]: expected a batch axis"),
    ({"x": X, "y": Y[:4]}, ValueError, r"data: expected one length for all modalities, got {'x': 6, 'y': 4}"),
    ({"x": X[:0]}, ValueError, "data: expected at least one sample, got {'x': 0}"),
]


@pytest.mark.parametrize(("data", "kind", "message"), BAD_DATA)
def test_bad_data_are_refused(data: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        MultimodalBaseDataset(data)
    with pytest.raises(kind, match=message):
        IncompleteDataset(data, MASKS)


@pytest.mark.parametrize("labels", [torch.arange(5), torch.tensor(3), [1, 2]])
def test_labels_of_another_length_are_refused(labels: Any) -> None:
    with pytest.raises(ValueError, match="labels: expected length 6 as the data"):
        MultimodalBaseDataset({"x": X}, labels)


BAD_MASKS: list[tuple[Any, type[Exception], str]] = [
    (None, ValueError, "masks: expected masks, or missing='nan' for those that NaN marks, got neither"),
    ({"x": MASKS["x"]}, ValueError, r"masks: expected the modalities \['x', 'y'\], got \['x'\]"),
    (MASKS | {"w": MASKS["x"]}, ValueError, "masks: expected the modalities"),
    (
        MASKS | {"y": MASKS["y"][:5]},
        ValueError,
        r"masks\['y'\]: expected shape \(6,\), one entry a sample, got \(5,\)",
    ),
    (MASKS | {"y": torch.ones(6, 2)}, ValueError, r"masks\['y'\]: expected shape \(6,\)"),
    (
        MASKS | {"y": 2 * MASKS["y"]},
        ValueError,
        r"masks\['y'\]: expected only 0 and 1, got values from 0 to 2",
    ),
    (MASKS | {"y": MASKS["y"] / 2}, ValueError, r"masks\['y'\]: expected only 0 and 1"),
    (MASKS | {"y": torch.full((6,), float("nan"))}, ValueError, r"masks\['y'\]: expected only 0 and 1"),
    (
        {"x": torch.tensor([1, 0, 0, 1, 0, 1]), "y": torch.tensor([1, 0, 1, 1, 0, 1])},
        ValueError,
        r"masks: samples \[1, 4\] have no observed modality at all",
    ),
]


@pytest.mark.parametrize(("masks", "kind", "message"), BAD_MASKS)
def test_bad_masks_are_refused(masks: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        IncompleteDataset({"x": X, "y": Y}, masks)


def test_a_long_list_of_samples_is_cut_in_the_message() -> None:
    nothing = {"x": torch.zeros(50), "y": torch.zeros(50)}
    with pytest.raises(ValueError, match=r"\[0, 1, 2, 3, 4, 5, 6, 7, 8, 9\] and 40 more"):
        IncompleteDataset({"x": torch.zeros(50, 2), "y": torch.zeros(50)}, nothing)
