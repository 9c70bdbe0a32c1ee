"""Parts, data sets joined, lists of samples and data sets of others hold the samples that plain indexing gives."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.utils.data import (
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
)

from mopoe import IncompleteDataset, MultimodalBaseDataset, Sample
from mopoe.data import masks_of
from mopoe.output import read_entry
from mopoe.reading.parts import as_dataset, is_held, take

N = 6
X, Y = torch.arange(2.0 * N).reshape(N, 2), torch.arange(1.0 * N)
MASKS = {"x": torch.tensor([1, 1, 0, 1, 0, 1]), "y": torch.tensor([1, 0, 1, 1, 1, 1])}


class Doubled(MultimodalBaseDataset):
    """A data set whose samples are not the rows of its tensors."""

    def __getitem__(self, index: Any) -> Any:
        sample = super().__getitem__(index)
        return Sample(sample | {"data": {name: 2 * x for name, x in sample.data.items()}})


class Shorter(MultimodalBaseDataset):
    """A data set that counts fewer samples than it holds."""

    def __len__(self) -> int:
        return 2


class Foreign(Dataset):
    """Somebody's data set: dictionaries of tensors by integer, and nothing else."""

    def __len__(self) -> int:
        return N

    def __getitem__(self, index: int) -> Any:
        index = operator.index(index)
        return {"x": X[index] + 100, "y": Y[index] + 100}


class Stream(IterableDataset):
    """Samples without a length."""

    def __iter__(self) -> Iterator[Any]:
        return iter(complete())


class Odd(Subset):
    """A part that changes what it picks."""

    def __getitem__(self, index: Any) -> Any:
        sample = super().__getitem__(index)
        data, masks, labels = fields(sample)
        return {"data": {name: -x for name, x in data.items()}, "masks": masks, "labels": labels}

    def __getitems__(self, indices: list[int]) -> list[Any]:
        return [self[index] for index in indices]


def fields(sample: Any) -> tuple[dict[str, Tensor], dict[str, bool], Any]:
    """Data, masks and label of a sample in any of its forms."""
    whole = "data" in sample
    data = sample["data"] if whole else sample
    masks = (masks_of(sample) if whole else None) or dict.fromkeys(data, torch.tensor(True))
    return (
        data,
        {name: bool(mask) for name, mask in masks.items()},
        read_entry(sample, "labels") if whole else None,
    )


def complete(offset: float = 0.0) -> MultimodalBaseDataset:
    return MultimodalBaseDataset({"x": X + offset, "y": Y + offset}, labels=torch.arange(N))


def incomplete() -> IncompleteDataset:
    return IncompleteDataset({"x": X + 20, "y": Y + 20}, MASKS, labels=list(range(N)))


leaves = st.sampled_from(
    [
        complete,
        lambda: complete(50.0),
        incomplete,
        lambda: Doubled({"x": X, "y": Y}, torch.arange(N)),
        Foreign,
    ]
).map(lambda make: make())


@st.composite
def parts_of(draw: Any, sources: Any) -> Any:
    source = draw(sources)
    rows = draw(st.lists(st.integers(-len(source), len(source) - 1), min_size=1, max_size=8))
    return draw(st.sampled_from([Subset, Odd]))(
        source, draw(st.sampled_from([list, torch.tensor, tuple]))(rows)
    )


sources = st.recursive(
    leaves,
    lambda inner: st.one_of(parts_of(inner), st.lists(inner, min_size=1, max_size=3).map(ConcatDataset)),
    max_leaves=5,
)


@settings(deadline=None, max_examples=150)
@given(source=sources, data=st.data())
def test_rows_of_nested_parts_are_those_of_plain_indexing(source: Any, data: Any) -> None:
    rows = data.draw(st.lists(st.integers(0, len(source) - 1), min_size=1, max_size=6))
    for found, places in ((take(source, rows), rows), (as_dataset(source), range(len(source)))):
        assert len(found) == len(places)
        for number, place in enumerate(places):
            expected, masks, _ = fields(source[place])
            there, seen, _ = fields(found[number])
            assert {m: x.tolist() for m, x in there.items()} == {m: x.tolist() for m, x in expected.items()}
            assert seen == masks
        wanted = [fields(source[place])[2] for place in places]
        assert (found.labels is None) == any(label is None for label in wanted)
        assert found.labels is None or found.labels.tolist() == [int(label) for label in wanted]


def test_what_is_held_in_tensors_is_not_copied_and_a_part_of_it_keeps_its_class() -> None:
    dataset = incomplete()
    assert as_dataset(dataset) is dataset and is_held(dataset)
    part = as_dataset(Subset(Subset(dataset, [5, 3, 1]), [2, 0]))
    assert type(part) is IncompleteDataset and part.labels.tolist() == [1, 5]
    assert not is_held(Doubled({"x": X})) and not is_held(Shorter({"x": X}))
    assert len(as_dataset(Shorter({"x": X}))) == 2


def test_parts_of_tensors_are_taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    plain = MultimodalBaseDataset.__getitem__
    monkeypatch.setattr(
        MultimodalBaseDataset, "__getitem__", lambda self, index: (asked.append(index), plain(self, index))[1]
    )
    as_dataset(Subset(ConcatDataset([complete(), incomplete()]), range(2 * N)))
    assert not any(isinstance(index, int) for index in asked) and len(asked) <= 3


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "no sample": (lambda: [], ValueError, "expected at least one sample, got none in list"),
    "an empty part": (
        lambda: Subset(complete(), []),
        ValueError,
        "expected at least one sample, got none in Subset",
    ),
    "a loader": (lambda: DataLoader(complete()), TypeError, "got a DataLoader; pass its batches"),
    "a stream": (Stream, TypeError, "expected a data set with a length .* got Stream"),
    "tuples": (lambda: TensorDataset(X, Y), TypeError, "inputs: .* got TensorDataset with tuple at 0"),
    "something odd at 1": (lambda: [{"x": X[0]}, "b"], TypeError, "inputs: .* got list with str at 1"),
    "words": (lambda: [{"x": "word"}], TypeError, r"inputs\[0\]\['x'\]: expected a tensor"),
    "other modalities": (
        lambda: [{"x": X[0]}, {"y": Y[0]}],
        ValueError,
        r"inputs\[1\]: expected the modalities \['x'\], as in inputs\[0\], got \['y'\]",
    ),
    "other shapes": (
        lambda: [{"x": X[0]}, {"x": X[0, :1]}],
        ValueError,
        r"inputs\[1\]: expected 'x' of shape \(2,\), as in inputs\[0\], got \(1,\)",
    ),
    "parts of other shapes": (
        lambda: ConcatDataset([complete(), MultimodalBaseDataset({"x": X[:, :1], "y": Y})]),
        ValueError,
        r"part 1: expected 'x' of shape \(2,\), as in part 0, got \(1,\)",
    ),
    "a sample that shows nothing": (
        lambda: [Sample(data={"x": X[0]}), Sample(data={"x": X[1]}, masks={"x": torch.tensor(False)})],
        ValueError,
        r"masks: samples \[1\] have no observed modality",
    ),
    "labels of other shapes": (
        lambda: ConcatDataset([complete(), MultimodalBaseDataset({"x": X, "y": Y}, torch.zeros(N, 2))]),
        ValueError,
        "labels: expected one shape in all parts",
    ),
}


@pytest.mark.parametrize("what", list(REFUSED))
def test_what_is_no_data_set_is_refused_in_words(what: str) -> None:
    make, kind, message = REFUSED[what]
    with pytest.raises(kind, match=message):
        as_dataset(make())


def test_masks_of_entries_and_masks_of_samples_are_joined_as_masks_of_entries() -> None:
    entries = torch.tensor([[1, 0], [1, 1], [0, 1], [1, 1], [0, 0], [1, 1]]).bool()
    some = IncompleteDataset({"x": X, "y": Y}, MASKS | {"x": entries, "y": torch.ones(N)})
    expected = torch.cat([entries, MASKS["x"].bool()[:, None].expand(N, 2), torch.ones(N, 2).bool()])
    for both in (
        as_dataset(ConcatDataset([some, incomplete(), complete()])),
        as_dataset([*some, *incomplete(), *complete()]),
    ):
        assert torch.equal(both.masks["x"], expected) and both.masks["y"].shape == (3 * N,)
    assert torch.equal(as_dataset(Subset(some, [4, 0])).masks["x"], entries[[4, 0]])


def test_size_factors_go_along_and_are_not_guessed() -> None:
    sized = MultimodalBaseDataset({"x": X, "y": Y}, size_factors={"x": Y + 1})
    assert as_dataset(Subset(sized, [5, 2])).size_factors["x"].tolist() == [6, 3]
    for both in (as_dataset(ConcatDataset([sized, sized])), as_dataset([*sized, *sized])):
        assert torch.equal(both.size_factors["x"], (Y + 1).repeat(2))
    with pytest.raises(ValueError, match=r"part 1: expected size factors of \['x'\], as in part 0, got \[\]"):
        as_dataset(ConcatDataset([sized, complete()]))


def test_names_of_labels_are_one_scale_after_joining() -> None:
    first = MultimodalBaseDataset({"x": X[:3]}, ["dog", "cat", "dog"])
    second = MultimodalBaseDataset({"x": X[3:]}, ["owl", "dog", "owl"])
    both = as_dataset(ConcatDataset([first, second]))
    assert [both.label_names[code] for code in both.labels] == ["dog", "cat", "dog", "owl", "dog", "owl"]
    with pytest.raises(ValueError, match="labels: expected names in all parts or in none"):
        as_dataset(ConcatDataset([first, MultimodalBaseDataset({"x": X}, Y)]))
