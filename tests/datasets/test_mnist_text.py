from __future__ import annotations

import importlib

import numpy as np
import pytest
import torch

from mopoe import MoPoEConfig
from workbench.datasets import mnist_text, text_to_string
from workbench.datasets.texts import ALPHABET

SMALL = {"n_train": 600, "n_validation": 20, "n_test": 30}
NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def test_each_modality_fits_its_likelihood():
    splits = mnist_text(**SMALL)
    assert splits.input_dims == {"digit": (1, 28, 28), "photo": (3, 28, 28), "text": (8, 27)}
    assert splits.decoders_dist == {"digit": "bernoulli", "photo": "laplace", "text": "categorical"}
    for dataset in splits:
        assert {tensor.dtype for tensor in dataset.data.values()} == {torch.float32}
        assert dataset.data["digit"].unique().tolist() == [0, 1]
        assert dataset.data["photo"].min() >= 0 and dataset.data["photo"].max() <= 1
        assert torch.equal(dataset.data["text"].sum(-1), torch.ones(len(dataset), 8))
        assert dataset.data["text"].unique().tolist() == [0, 1]
    MoPoEConfig(
        3,
        input_dims=splits.input_dims,
        decoders_dist=splits.decoders_dist,
        decoder_dist_params=splits.decoder_dist_params,
    )


def test_the_text_is_the_name_of_the_label_at_every_place_it_fits():
    train = mnist_text(**SMALL).train
    assert text_to_string(train.data["text"]) == [NAMES[label] for label in train.labels]
    written = ["".join(ALPHABET[i] for i in row) for row in train.data["text"].argmax(-1).tolist()]
    starts = {name: {text.index(name) for text in written if text.strip() == name} for name in NAMES}
    assert starts == {name: set(range(9 - len(name))) for name in NAMES}


def test_a_text_is_shown_as_a_string():
    text = mnist_text(**SMALL).test[0].data["text"]
    assert text_to_string(text) == NAMES[mnist_text(**SMALL).test.labels[0]]
    assert text_to_string(text * 5 - 2) == text_to_string(text)  # logits
    assert mnist_text(**SMALL).texts["text"](text.numpy()) == text_to_string(text)
    with pytest.raises(ValueError, match=r"text_to_string: expected shape \(length, 27\).*got \(8, 26\)"):
        text_to_string(text[:, 1:])


@pytest.mark.parametrize("same_drawing", [True, False])
def test_digit_and_photo_share_the_drawing_only_when_asked(small_mnist, monkeypatch, same_drawing):
    # On a black photograph the inverted digit is the drawing itself.
    module = importlib.import_module("workbench.datasets.mnist_text")
    monkeypatch.setattr(module, "read_photograph", lambda name: np.zeros((30, 30, 3), np.uint8))
    options = {"data_dir": small_mnist.folder, "digests": small_mnist.digests, "same_drawing": same_drawing}
    train = mnist_text(n_train=100, n_validation=10, n_test=10, **options).train
    agree = (train.data["digit"] == train.data["photo"]).flatten(1).all(1)
    assert agree.all() if same_drawing else not agree.any()
    images, labels = small_mnist.images["train"], small_mnist.labels["train"]
    drawings = {(image > 127).tobytes(): label for image, label in zip(images, labels, strict=True)}
    for kind in ("digit", "photo"):
        seen = train.data[kind][:, 0].bool().numpy()
        assert [drawings[picture.tobytes()] for picture in seen] == train.labels.tolist()


def test_the_seed_decides_everything():
    def digests(seed: int) -> list[str]:
        return [dataset.digest() for dataset in mnist_text(40, 10, 10, seed=seed, missing_rate=0.4)]

    assert digests(0) == digests(0)
    assert not set(digests(0)) & set(digests(1))
