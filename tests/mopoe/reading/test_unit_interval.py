"""Bytes that are read as x / 255: by everybody, in everything made of them, and kept as bytes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Subset

from mopoe import IncompleteDataset, MultimodalBaseDataset, collate
from mopoe.reading.parts import as_dataset
from workbench.datasets import MultimodalDataset

BYTES = (torch.arange(90, dtype=torch.int64) * 37 % 256).to(torch.uint8).reshape(6, 3, 5)
FLOATS = torch.randn(6, 2, generator=torch.Generator().manual_seed(0))


def kept(kind: Any = MultimodalBaseDataset, **options: Any) -> Any:
    return kind({"photo": BYTES, "table": FLOATS}, unit_interval=["photo"], **options)


def plain(kind: Any = MultimodalBaseDataset, **options: Any) -> Any:
    return kind({"photo": BYTES.float() / 255, "table": FLOATS}, **options)


WAYS: dict[str, Callable[[Any], Any]] = {
    "whole": lambda d: d,
    "slice": lambda d: d[1:4],
    "rows": lambda d: d[[4, 0]],
    "mask": lambda d: d[torch.arange(6) > 2],
    "sample": lambda d: d[3],
    "batch of a loader": lambda d: next(iter(DataLoader(d, batch_size=4))),
    "our batch": lambda d: next(iter(DataLoader(d, batch_size=4, collate_fn=collate))),
    "of another process": lambda d: next(iter(DataLoader(d, batch_size=4, num_workers=1))),
    "part": lambda d: as_dataset(Subset(d, [5, 1])),
    "joined": lambda d: as_dataset(ConcatDataset([d, d[2:]])),
    "list": lambda d: as_dataset(list(d)),
    "moved": lambda d: d.to("cpu"),
    "copied": copy.copy,
    "copied deeply": copy.deepcopy,
    "made anew": lambda d: MultimodalBaseDataset(d.data),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_everything_made_of_bytes_is_read_as_numbers_from_0_to_1(way: str) -> None:
    found, expected = WAYS[way](kept()), WAYS[way](plain())
    assert list(found.data) == ["photo", "table"] and len(found.data) == 2
    assert {name: x.dtype for name, x in found.data.items()} == {
        "photo": torch.float32,
        "table": torch.float32,
    }
    assert all(torch.equal(found.data[name], expected.data[name]) for name in expected.data)
    assert all(torch.equal(x, y) for x, y in zip(found.data.values(), expected.data.values(), strict=True))


@pytest.mark.parametrize("way", ["whole", "slice", "rows", "mask", "part", "joined", "moved", "made anew"])
def test_bytes_stay_bytes_in_memory(way: str) -> None:
    part = WAYS[way](kept())
    assert part.data.kept["photo"].dtype == torch.uint8
    assert part.input_dims == {"photo": (3, 5), "table": (2,)} and part.modalities == ["photo", "table"]


def test_a_slice_of_bytes_is_a_view() -> None:
    dataset = kept()
    assert dataset[1:4].data.kept["photo"].data_ptr() == dataset.data.kept["photo"][1:].data_ptr()


def test_bytes_joined_with_numbers_are_numbers() -> None:
    both = as_dataset(ConcatDataset([kept(), plain()]))
    assert torch.equal(both.data["photo"], (BYTES.float() / 255).repeat(2, 1, 1))


@given(st.lists(st.integers(-6, 5), min_size=1, max_size=9))
def test_rows_of_bytes_are_those_of_the_numbers(rows: list[int]) -> None:
    assert torch.equal(kept()[rows].data["photo"], plain()[rows].data["photo"])


@pytest.mark.parametrize("kind", [IncompleteDataset, MultimodalDataset])
def test_data_with_masks_keep_bytes_too(kind: Any) -> None:
    masks = {"photo": [1, 1, 0, 1, 1, 1], "table": [1, 1, 1, 1, 0, 1]}
    dataset = kept(kind, masks=masks)
    assert torch.equal(dataset[2:].data["photo"], BYTES[2:].float() / 255)
    assert dataset[2:].masks["photo"].tolist() == [False, True, True, True]


def test_a_model_and_a_digest_see_the_numbers(
    small_model: Callable[..., Any], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    data = support_data() | {"a": BYTES[:5].flatten(1)[:, :3]}
    kept, plain = (
        MultimodalDataset({**data, "a": a}, unit_interval=u)
        for a, u in ((data["a"], "a"), (data["a"] / 255, ()))
    )
    model = small_model()
    seed = torch.Generator
    assert torch.equal(
        model(kept, generator=seed().manual_seed(0)).loss, model(plain, generator=seed().manual_seed(0)).loss
    )
    assert kept.digest() == plain.digest()


def test_what_is_kept_cannot_be_written_to_by_mistake() -> None:
    with pytest.raises(TypeError, match="item assignment"):
        kept().data["photo"] = BYTES


@pytest.mark.parametrize(
    ("data", "names", "kind", "message"),
    [
        ({"x": BYTES}, ["y"], ValueError, r"unit_interval: expected modalities among \['x'\], got 'y'"),
        (
            {"x": FLOATS},
            ["x"],
            TypeError,
            "unit_interval: expected 'x' in whole numbers .* got torch.float32",
        ),
        ({"x": BYTES.int()}, "x", TypeError, "unit_interval: .* got torch.int32"),
        ({"x": BYTES > 3}, "x", TypeError, "unit_interval: .* got torch.bool"),
    ],
)
def test_what_cannot_be_declared_is_refused(
    data: Any, names: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        MultimodalBaseDataset(data, unit_interval=names)
