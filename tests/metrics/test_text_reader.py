"""The reader of texts finds the label of the text that agrees in most characters."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import one_hot

from mopoe import IncompleteDataset, MultimodalBaseDataset
from workbench.datasets import mnist_text
from workbench.metrics.texts import TextReader, text_reader


def written(*texts: str) -> torch.Tensor:
    letters = torch.tensor([["ab c".index(letter) for letter in text] for text in texts])
    return one_hot(letters, 4).float()


def test_it_reads_all_real_texts_and_those_with_one_wrong_character() -> None:
    data = mnist_text(n_train=400, n_validation=2, n_test=50, seed=0)
    reader = text_reader(data.train, "text")
    assert data.test.labels is not None
    assert reader.classify(data.test.data["text"]).tolist() == data.test.labels.tolist()


def test_it_weighs_unsure_characters() -> None:
    reader = TextReader(written("aab", "bbb", "ccc"), torch.tensor([7, 8, 9]))
    assert reader.classify(written("bbc", "aac", "bcc")).tolist() == [8, 7, 9]
    # Expected characters in agreement: 1.4, 1.2 and 0.9 of three.
    unsure = torch.tensor([[[0.6, 0.3, 0, 0.1], [0.3, 0.4, 0, 0.3], [0, 0.5, 0, 0.5]]])
    assert reader.classify(unsure).tolist() == [7]


def test_templates_are_the_texts_that_are_there() -> None:
    data = {"text": written("aaa", "bbb", "ccc"), "x": torch.zeros(3, 2)}
    masks = {"text": torch.tensor([True, True, False]), "x": torch.ones(3, dtype=torch.bool)}
    labels = torch.tensor([4, 5, 6])
    assert text_reader(MultimodalBaseDataset(data, labels), "text").classify(written("ccb")).tolist() == [6]
    reader = text_reader(IncompleteDataset(data, masks, labels), "text")
    assert reader.classify(written("ccb")).tolist() == [5]
    with pytest.raises(ValueError, match=r"one-hot texts \(length, characters\), got 'x'"):
        text_reader(MultimodalBaseDataset(data, labels), "x")
    with pytest.raises(ValueError, match="labels"):
        text_reader(MultimodalBaseDataset(data), "text")


def test_texts_with_missing_characters_are_no_templates() -> None:
    texts = torch.eye(4).expand(3, 4, 4).clone()
    texts[2] = texts[2].flip(0)
    seen = torch.ones(3, 4, 4, dtype=torch.bool)
    seen[0, 1] = False
    labels = torch.tensor([7, 1, 2])
    reader = text_reader(IncompleteDataset({"text": texts}, {"text": seen}, labels), "text")
    assert reader.classify(texts).tolist() == [1, 1, 2]
