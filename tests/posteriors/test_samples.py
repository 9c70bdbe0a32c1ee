"""A sample is read as the model reads it, and drawn beside what the model expects."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mopoe import IncompleteDataset, MultimodalBaseDataset
from tests.widgets.kinds import KINDS
from workbench.posteriors.generation import conditional_generation
from workbench.posteriors.samples import (
    data_to_draw,
    label_in_words,
    present_modalities,
    swapped,
    take_sample,
)
from workbench.posteriors.views import show_samples
from workbench.training import build_model


def made(kind: str):
    data = KINDS[kind]()
    return build_model(data, latent_dim=3), data.test


def test_ids_are_drawn_one_hot_as_their_expected_data_are_probabilities():
    model, data = made("many_classes")
    drawn = data_to_draw(model, take_sample(model, data, 3))["odd"]
    assert drawn.shape == (3, 2000) == conditional_generation(model, data, 3, ["odd"]).mean["odd"].shape
    assert drawn.sum() == 3
    assert np.array_equal(drawn.argmax(-1), data.data["odd"][3].numpy())


def test_where_a_sequence_has_ended_nothing_is_drawn():
    model, data = made("padded_tokens")
    drawn = data_to_draw(model, take_sample(model, data, 4))["odd"]
    assert np.array_equal(np.isnan(drawn), np.repeat(np.arange(6) >= 4, 10).reshape(6, 10))


def test_a_sequence_of_padding_alone_is_missing():
    model, data = made("padded_tokens")
    assert present_modalities(take_sample(model, data, 0)) == ["plain"]
    assert present_modalities(take_sample(model, data, 1)) == ["odd", "plain"]


def test_what_stands_under_a_missing_entry_is_not_drawn():
    model, data = made("table_with_gaps")
    gone = torch.isnan(data.data["odd"])
    filled = IncompleteDataset({**data.data, "odd": data.data["odd"].nan_to_num(1)}, data.masks, data.labels)
    for i in (0, 2):
        first, second = (data_to_draw(model, take_sample(model, d, i))["odd"] for d in (data, filled))
        assert np.array_equal(first, second, equal_nan=True)
        assert np.array_equal(np.isnan(first), gone[i].numpy())
    assert present_modalities(take_sample(model, data, 1)) == ["plain"]
    assert show_samples(data, range(3)).png == show_samples(filled, range(3)).png


def test_a_swap_takes_along_what_was_observed_and_counted():
    model, data = made("table_with_gaps")
    one, other = (take_sample(model, data, i) for i in (0, 2))
    found = swapped(one, other, "odd", 2)
    assert torch.equal(found.masks["odd"], other.masks["odd"]) and found.masks["odd"].all()
    assert torch.equal(found.masks["plain"], one.masks["plain"])
    model, data = made("counts_with_sizes")
    one, other = (take_sample(model, data, i) for i in (0, 2))
    assert swapped(one, other, "odd", 2).size_factors["odd"] == data.size_factors["odd"][2]
    with pytest.raises(ValueError, match="swap: expected 'odd' in both samples, but sample 7 lacks it"):
        model, data = made("padded_tokens")
        swapped(take_sample(model, data, 1), take_sample(model, data, 7), "odd", 7)


def test_expected_counts_are_those_of_a_sample_of_the_same_size():
    model, data = made("counts_with_sizes")
    twice = MultimodalBaseDataset(data.data, size_factors={"odd": 2 * data.size_factors["odd"]})
    first, second = (conditional_generation(model, d, 3, ["plain"]) for d in (data, twice))
    assert np.allclose(2 * first.mean["odd"], second.mean["odd"])
    assert np.allclose(2 * first.draws["odd"], second.draws["odd"])


def test_a_label_is_said_with_its_name():
    _, data = made("bytes_with_names")
    assert label_in_words(data, 1) == " (label 1: dog)"
    assert label_in_words(data, None) == ""
    assert label_in_words(KINDS["levels"]().test, 1) == " (label 1)"
