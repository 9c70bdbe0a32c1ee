"""MNIST–SVHN–Text and its stand-in: data, networks, readers, what each likelihood pulls with, pairs."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import pytest
import torch

from mopoe import Summary
from mopoe.likelihoods import make_likelihood
from workbench.datasets import linear_gaussian, load_dataset, paper_rescaling
from workbench.datasets.base import MultimodalDataset, Splits
from workbench.metrics import Coherence, accuracy
from workbench.paper.mixed import paper_networks, train_readers
from workbench.paper.pairs import coherence_to, pairs_table
from workbench.paper.weights import nats_to_learn, weights_table
from workbench.training.build import build_model


@pytest.fixture(scope="module")
def mixed() -> Splits:
    return load_dataset("mnist_text", n_train=300, n_validation=20, n_test=50, seed=0)


def test_digits_stand_in_for_house_numbers(mixed):
    assert mixed.name == "mnist_text"
    assert list(mixed.input_dims) == ["digit", "photo", "text"]
    assert paper_rescaling(mixed.input_dims, mixed.decoders_dist) == {"digit": 3, "photo": 1, "text": 294}


@pytest.mark.parametrize("dataset", ["mnist_svhn_text", "mnist_text"])
def test_a_folder_is_looked_into(dataset, tmp_path):
    with pytest.raises(FileNotFoundError):
        load_dataset(dataset, data_dir=str(tmp_path), n_train=10, n_validation=10, n_test=10)


def test_the_papers_networks_fit_the_data(mixed):
    names = paper_networks(mixed)
    assert names == {"digit": "mlp", "photo": "conv28", "text": "text1d"}
    assert build_model(mixed, networks=names, latent_dim=4)(mixed.train).loss.isfinite()
    with pytest.raises(ValueError, match="paper_networks: expected shapes among"):
        paper_networks(linear_gaussian(n_train=10, n_validation=10, n_test=10))


def test_each_modality_has_a_reader(mixed):
    readers = train_readers(mixed.train, seed=0, epochs=1)
    assert list(readers) == ["digit", "photo", "text"]
    assert accuracy(readers["text"], mixed.test.data["text"], mixed.test.labels) > 0.9


def test_what_there_is_to_learn_is_a_guess_less_the_best_that_can_be():
    """By hand: 0 and 3 around a median of 0, and a bit, each of two letters, that are one or the other by halves."""
    zeros = torch.tensor([[0.0], [0.0], [3.0]])
    bits = torch.eye(2)[[0, 1, 0, 1]][:, None]
    half = MultimodalDataset({"x": torch.cat([zeros, zeros[:1]]), "text": bits})
    data = Splits(
        half,
        half,
        half,
        decoders_dist={"x": "laplace", "text": "categorical"},
        decoder_dist_params={"x": {"scale": 0.75}},
    )
    assert nats_to_learn(data) == pytest.approx({"x": 3 / 4 / 0.75, "text": log(2)})
    by_entry = replace(data, decoder_dist_params={"x": {"scale": [0.75]}})
    assert nats_to_learn(by_entry) == pytest.approx(nats_to_learn(data))
    for scale in ("learned", "learned_per_entry", "predicted"):
        with pytest.raises(
            ValueError, match="modality 'x': expected a scale that is given, got 'laplace, scale"
        ):
            nats_to_learn(replace(data, decoder_dist_params={"x": {"scale": scale}}))


def test_nats_of_real_data_are_those_of_their_likelihoods(mixed):
    gain = nats_to_learn(mixed)
    photos = mixed.test.data["photo"].double()
    laplace = make_likelihood("laplace", {"scale": 0.75}, "photo")
    middle = mixed.train.data["photo"].double().median(0).values.expand_as(photos)
    expected = laplace.total(photos, photos) - laplace.total(middle, photos)
    assert gain["photo"] == pytest.approx(float(expected.mean()))
    assert gain["photo"] > gain["digit"] > gain["text"] > log(10)


def test_the_table_weighs_them(mixed):
    gain = nats_to_learn(mixed)
    table = weights_table(mixed, {"digit": 3.0, "photo": 1.0, "text": 294.0})
    weighed = {"digit": 3 * gain["digit"], "photo": gain["photo"], "text": 294 * gain["text"]}
    assert [row[0] for row in table.rows] == list(weighed)
    assert [row[5] for row in table.rows] == [f"{nats:.0f}" for nats in weighed.values()]
    assert [row[6] for row in table.rows] == [
        f"{nats / sum(weighed.values()):.0%}" for nats in weighed.values()
    ]


@pytest.fixture
def coherence() -> Coherence:
    return Coherence(
        accuracy={("a",): {"b": 0.4, "c": 0.9}, ("b",): {"a": 0.6, "c": 0.8}, ("a", "b"): {"c": 1.0}},
        by_observed={1: Summary(0.675, 0.01, n=400, unit=""), 2: Summary(1.0, 0.0, n=400, unit="")},
        reconstruction={"a": 0.9, "b": 0.9, "c": 0.9},
        chance=0.1,
        n_draws=1,
    )


def test_coherence_to_a_modality_is_the_mean_over_the_subsets_without_it(coherence):
    found = coherence_to(coherence)
    assert {name: one.value for name, one in found.items()} == pytest.approx({"a": 0.6, "b": 0.4, "c": 0.9})
    assert found["a"].standard_error == pytest.approx(sqrt(0.6 * 0.4 / 400))
    assert {one.n for one in found.values()} == {400}


def test_pairs_stand_below_what_is_generated(coherence):
    table = pairs_table(coherence)
    assert table.header == ["seen", "→ a", "→ b", "→ c"]
    assert table.rows[0] == ["a", "seen", "0.400", "0.900"]
    assert table.rows[2] == ["a, b", "seen", "seen", "1.000"]
    assert table.rows[3][3] == "0.900 ± 0.015"
