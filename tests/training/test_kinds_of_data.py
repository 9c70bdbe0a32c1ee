"""Training takes parts, joined data sets, lists of samples and classes of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.utils.data import ConcatDataset, Dataset, IterableDataset, Subset, random_split

from mopoe import IncompleteDataset, MultimodalBaseDataset, Sample
from workbench.training import TrainConfig, fit

QUIET = TrainConfig(epochs=2, batch_size=16, device="cpu", progress=False)


class Foreign(Dataset):
    """Rows of a data set as plain dictionaries, by integer alone."""

    def __init__(self, of: MultimodalBaseDataset) -> None:
        self.of = of

    def __len__(self) -> int:
        return len(self.of)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return self.of[int(index)].data


FORMS: dict[str, Callable[[MultimodalBaseDataset], Any]] = {
    "part": lambda data: Subset(data, range(len(data))),
    "part of parts": lambda data: Subset(
        ConcatDataset([data[7:], data[:7]]), [(row - 7) % len(data) for row in range(len(data))]
    ),
    "joined": lambda data: ConcatDataset([data[:5], Subset(data, range(5, len(data)))]),
    "list": list,
    "foreign": Foreign,
    "part of foreign": lambda data: Subset(Foreign(data), range(len(data))),
}


@pytest.mark.parametrize("form", list(FORMS))
def test_a_training_is_the_same_whatever_holds_the_samples(form: str, new_model, correlated) -> None:
    train, validation = correlated[:40], correlated[40:]
    expected = fit(new_model(), train, validation, QUIET)
    found = fit(new_model(), FORMS[form](train), FORMS[form](validation), QUIET)
    assert found.history == expected.history and found.best_epoch == expected.best_epoch


def test_both_parts_of_a_random_split_train(new_model, correlated) -> None:
    parts = random_split(correlated, [40, 10], torch.Generator().manual_seed(2))
    held = [correlated[list(part.indices)] for part in parts]
    assert fit(new_model(), *parts, QUIET).history == fit(new_model(), *held, QUIET).history


def test_complete_and_incomplete_parts_train_together(new_model, correlated) -> None:
    seen = {name: torch.arange(20) % 3 > place for place, name in enumerate(correlated.modalities)}
    seen[correlated.modalities[-1]] = torch.ones(20)
    whole = {name: torch.cat([torch.ones(20), seen[name]]) for name in seen}
    joined = ConcatDataset([correlated[:20], IncompleteDataset(correlated[20:40].data, seen)])
    expected = fit(new_model(), IncompleteDataset(correlated[:40].data, whole), correlated[40:], QUIET)
    assert fit(new_model(), joined, correlated[40:], QUIET).history == expected.history


def test_a_getitem_of_ones_own_is_asked_anew_for_every_batch(location) -> None:
    asked: list[int] = []

    class Louder(MultimodalBaseDataset):
        def __getitem__(self, index: Any) -> Any:
            asked.append(index)
            sample = super().__getitem__(index)
            return Sample(data={name: x + 100 * len(asked) for name, x in sample.data.items()})

    met: list[float] = []
    plain = MultimodalBaseDataset({"a": torch.zeros(6), "b": torch.zeros(6)})
    model = location(
        on_forward=lambda model, batch: met.extend(batch.data["a"].tolist()) if model.training else None
    )
    fit(model, Louder(plain.data), plain, TrainConfig(epochs=2, batch_size=4, device="cpu", progress=False))
    assert all(isinstance(index, int) for index in asked)
    assert len(met) == 12 and len(set(met)) == 12 and min(met) >= 100
    assert sorted(asked[-12:]) == sorted([*range(6)] * 2)


def test_bytes_train_as_the_numbers_that_they_are_read_as(location) -> None:
    picture = torch.arange(60, dtype=torch.uint8).reshape(12, 5)
    kept = MultimodalBaseDataset({"a": picture, "b": picture}, unit_interval=["a", "b"])
    plain = MultimodalBaseDataset(dict.fromkeys(("a", "b"), picture / 255))
    config = TrainConfig(epochs=3, batch_size=4, device="cpu", progress=False)
    assert (
        fit(location(), kept, kept[:4], config).history == fit(location(), plain, plain[:4], config).history
    )


REFUSED: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "a dictionary": (lambda data: data.data, TypeError, "train: expected a MultimodalBaseDataset, got dict"),
    "nothing": (lambda data: [], ValueError, "expected at least one sample, got none in list"),
    "an empty part": (
        lambda data: Subset(data, []),
        ValueError,
        "expected at least one sample, got none in Subset",
    ),
    "a stream": (
        lambda data: type("Stream", (IterableDataset,), {"__iter__": lambda self: iter([])})(),
        TypeError,
        "expected a data set with a length .*, got Stream",
    ),
    "tuples": (lambda data: [(x, 0) for x in data], TypeError, "got list with tuple at 0"),
}


@pytest.mark.parametrize("what", list(REFUSED))
def test_what_holds_no_samples_is_refused_before_any_step(what: str, new_model, correlated) -> None:
    make, kind, message = REFUSED[what]
    model = new_model()
    before = [weight.clone() for weight in model.parameters()]
    with pytest.raises(kind, match=message):
        fit(model, make(correlated), correlated, QUIET)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
