from __future__ import annotations

import pytest
import torch

from mopoe import IncompleteDataset, MultimodalBaseDataset
from workbench.metrics import DigitClassifier, accuracy, train_classifiers


def stripes(n: int, seed: int) -> MultimodalBaseDataset:
    """Noisy pictures whose bright row is the label, the same turned, and words that are no pictures."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 4
    rows = torch.zeros(n, 1, 12, 12)
    rows[torch.arange(n), 0, 3 * labels + 1] = 1
    noisy = (rows + 0.2 * torch.randn(n, 3, 12, 12, generator=generator)).float()
    return MultimodalBaseDataset(
        {"rows": noisy, "columns": noisy[:, :1].transpose(2, 3), "words": torch.zeros(n, 8, 5)}, labels
    )


def test_every_modality_of_images_gets_a_classifier_that_reads_new_ones() -> None:
    test = stripes(200, seed=1)
    classifiers = train_classifiers(stripes(600, seed=0), seed=0, epochs=3)
    assert list(classifiers) == ["rows", "columns"]
    for name, classifier in classifiers.items():
        assert not classifier.training
        assert accuracy(classifier, test.data[name], test.labels) > 0.95


def test_accuracy_is_the_share_of_right_labels() -> None:
    class Fixed(DigitClassifier):
        def forward(self, images):
            return torch.nn.functional.one_hot(torch.tensor([0, 1, 2, 2]), 3).float()

    images = torch.zeros(4, 1, 4, 4)
    assert accuracy(Fixed((1, 4, 4), 3), images, torch.tensor([0, 1, 2, 0])) == 0.75


def test_it_never_classifies_with_dropout() -> None:
    torch.manual_seed(0)
    classifier = DigitClassifier((1, 12, 12)).train()
    images = torch.randn(600, 1, 12, 12)
    first = classifier.classify(images)
    assert torch.equal(first, classifier.classify(images))
    assert torch.equal(first, classifier.eval()(images).argmax(1))


def test_the_same_seed_gives_the_same_classifier_and_leaves_the_random_state() -> None:
    data = stripes(100, seed=0)
    before = torch.get_rng_state()
    first, second, other = (
        train_classifiers(data, seed=seed, epochs=1, modalities=["rows"])["rows"] for seed in (3, 3, 4)
    )
    assert torch.equal(torch.get_rng_state(), before)
    images = data.data["rows"]
    assert torch.equal(first(images), second(images))
    assert not torch.equal(first(images), other(images))


def test_missing_images_are_left_out() -> None:
    data = stripes(100, seed=0)
    seen = torch.arange(100) < 60
    everything = torch.ones(100, dtype=torch.bool)
    spoiled = dict(data.data, rows=data.data["rows"].where(seen[:, None, None, None], torch.nan))
    masks = {"rows": seen, "columns": everything, "words": everything}
    incomplete = IncompleteDataset(spoiled, masks, data.labels)
    first = train_classifiers(incomplete, seed=0, epochs=1, modalities=["rows"])["rows"]
    second = train_classifiers(data[:60], seed=0, epochs=1, modalities=["rows"])["rows"]
    images = data.data["rows"]
    assert torch.equal(first(images), second(images))


def test_what_cannot_be_classified_is_refused() -> None:
    data = stripes(8, seed=0)
    words = MultimodalBaseDataset({"words": data.data["words"]}, data.labels)
    for call, error, message in [
        (lambda: train_classifiers(data.data, seed=0), TypeError, "train: expected a MultimodalBaseDataset"),
        (
            lambda: train_classifiers(MultimodalBaseDataset(data.data), seed=0),
            ValueError,
            "with labels, got none",
        ),
        (
            lambda: train_classifiers(data, seed=0, modalities=["words"]),
            ValueError,
            r"\['rows', 'columns'\], got 'words'",
        ),
        (lambda: train_classifiers(data, seed=0, modalities=["no"]), ValueError, "got 'no'"),
        (lambda: train_classifiers(words, seed=0), ValueError, "train: expected a modality of images"),
        (
            lambda: train_classifiers(data, seed=0, epochs=0),
            ValueError,
            "epochs: expected a whole number >= 1, got 0",
        ),
        (lambda: DigitClassifier((28, 28)), ValueError, r"input_dim: expected \(C, H, W\)"),
    ]:
        with pytest.raises(error, match=message):
            call()


def test_its_sizes_are_the_papers() -> None:
    with_channels = DigitClassifier((3, 28, 28), channel_dropout=0.5)
    sizes = [tuple(weight.shape) for weight in with_channels.parameters() if weight.ndim > 1]
    assert sizes == [(10, 3, 4, 4), (20, 10, 4, 4), (128, 980), (10, 128)]
    dropped = [layer for layer in with_channels.modules() if isinstance(layer, torch.nn.Dropout2d)]
    assert [layer.p for layer in dropped] == [0.5, 0.5]
    assert with_channels(torch.rand(2, 3, 28, 28)).shape == (2, 10)


def test_dropout_left_on_is_asked_for_once_and_random() -> None:
    torch.manual_seed(0)
    classifier = DigitClassifier((1, 12, 12))
    images = torch.randn(600, 1, 12, 12)
    quiet = classifier.classify(images)
    first, second = (classifier.classify(images, legacy=True) for _ in range(2))
    assert not torch.equal(first, second)
    assert not classifier.training
    assert torch.equal(quiet, classifier.classify(images))


def test_features_are_what_the_last_layer_reads() -> None:
    torch.manual_seed(0)
    classifier = DigitClassifier((1, 12, 12)).train()
    images = torch.randn(700, 1, 12, 12)
    features = classifier.features(images)
    assert features.shape == (700, 128) and bool((features >= 0).all())
    assert not features.requires_grad
    torch.testing.assert_close(classifier.layers[-1](features), classifier.eval()(images))


def test_images_with_missing_entries_are_left_out() -> None:
    data = stripes(40, seed=0)
    masks = {name: torch.ones(x.shape, dtype=torch.bool) for name, x in data.data.items()}
    masks["rows"][:20, 0, 3] = False
    noisy = {**data.data, "rows": data.data["rows"].where(masks["rows"], 1e6)}
    holes = IncompleteDataset(noisy, masks, data.labels)
    found, expected = (
        train_classifiers(x, seed=1, epochs=1, modalities=["rows"])["rows"].state_dict()
        for x in (holes, data[20:])
    )
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    masks["rows"][:, 0, 0, 0] = False
    with pytest.raises(ValueError, match="without missing entries in modality 'rows'"):
        train_classifiers(IncompleteDataset(noisy, masks, data.labels), seed=1, epochs=1)
