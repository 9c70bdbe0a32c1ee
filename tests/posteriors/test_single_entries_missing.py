"""Samples of which single entries are missing: what is shown of them, and what a swap takes along."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig
from workbench.datasets.texts import ALPHABET, text_to_string
from workbench.posteriors.generation import conditional_generation
from workbench.posteriors.samples import data_to_draw, present_modalities, swapped, take_sample
from workbench.posteriors.views import show_samples

DIMS = {"table": (3,), "text": (8, 27)}


def letters(word: str) -> torch.Tensor:
    return torch.eye(27)[[ALPHABET.index(letter) for letter in word.ljust(8)]]


@pytest.fixture
def dataset() -> IncompleteDataset:
    table = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    seen = torch.tensor([[1, 0, 1], [0, 0, 0], [1, 1, 0]], dtype=torch.bool)
    shown = torch.ones(3, 8, 27, dtype=torch.bool)
    shown[0, 1] = False
    return IncompleteDataset(
        {"table": table, "text": torch.stack([letters(word) for word in ("one", "two", "six")])},
        {"table": seen, "text": shown},
    )


@pytest.fixture
def model() -> MoPoE:
    return MoPoE(MoPoEConfig(2, 2, DIMS, decoders_dist={"text": "categorical"}, masked_entries=list(DIMS)))


def test_pictures_have_nan_where_entries_are_missing(model: MoPoE, dataset: IncompleteDataset) -> None:
    item = take_sample(model, dataset, 0)
    assert present_modalities(item) == ["table", "text"]
    assert present_modalities(dataset[1]) == ["text"]
    drawn = data_to_draw(model, item)
    assert np.array_equal(drawn["table"], [1, np.nan, 3], equal_nan=True)
    assert text_to_string(drawn["text"]) == "o□e"
    assert text_to_string(torch.from_numpy(drawn["text"])[None]) == ["o□e"]
    assert len(show_samples(dataset, [0, 1, 2], {"text": text_to_string})._repr_png_()) > 1_000


def test_a_swap_takes_along_what_was_observed(dataset: IncompleteDataset) -> None:
    mixed = swapped(dataset[0], dataset[2], "table", 2)
    assert mixed.data["table"].tolist() == [7, 8, 9]
    assert mixed.masks["table"].tolist() == [True, True, False]
    assert torch.equal(mixed.masks["text"], dataset[0].masks["text"])
    with pytest.raises(ValueError, match="sample 1 lacks it"):
        swapped(dataset[0], dataset[1], "table", 1)


def test_a_generation_shows_what_the_model_was_shown(model: MoPoE, dataset: IncompleteDataset) -> None:
    found = conditional_generation(model, dataset, 0, ["table"], n_draws=2)
    assert np.isnan(found.data["table"]).tolist() == [False, True, False]
    assert np.isfinite(found.mean["table"]).all()
    changed = IncompleteDataset(
        {name: x.where(dataset.masks[name], 1e6) for name, x in dataset.data.items()}, dataset.masks
    )
    again = conditional_generation(model, changed, 0, ["table"], n_draws=2)
    assert np.array_equal(found.mean["text"], again.mean["text"])
