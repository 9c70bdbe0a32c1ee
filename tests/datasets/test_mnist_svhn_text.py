from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from mopoe import MoPoE, MoPoEConfig
from workbench.datasets import load_dataset, paper_rescaling, text_to_string
from workbench.datasets.files.published import DATA_DIR_VARIABLE
from workbench.datasets.files.svhn import TEST_FILE, svhn_pictures
from workbench.paper.mixed import paper_networks
from workbench.paper.weights import weights_table
from workbench.training.build import build_model

SMALL = {"n_train": 100, "n_validation": 20, "n_test": 30}
NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.fixture
def both(small_svhn, small_mnist) -> dict[str, Any]:
    """Options for MNIST's files in the folder of SVHN's."""
    small_mnist.folder.rename(small_svhn.folder / "mnist")
    return {"digests": small_svhn.digests | small_mnist.digests}


@pytest.fixture
def make(small_svhn):
    def make_splits(**options: Any) -> Any:
        options = {"digests": small_svhn.digests} | SMALL | options
        return load_dataset("mnist_svhn_text", data_dir=small_svhn.folder, **options)

    return make_splits


def photographs_of(splits, split: str) -> list[bytes]:
    pictures = (getattr(splits, split).data["svhn"] * 255).round().to(torch.uint8).numpy()
    return [picture.tobytes() for picture in pictures]


def test_shapes_types_and_the_papers_likelihoods(make):
    splits = make()
    assert splits.name == "mnist_svhn_text"
    assert [len(dataset) for dataset in splits] == [100, 20, 30]
    assert splits.input_dims == {"digit": (1, 28, 28), "svhn": (3, 32, 32), "text": (8, 27)}
    assert splits.decoders_dist == {"digit": "laplace", "svhn": "laplace", "text": "categorical"}
    assert splits.decoder_dist_params == {"digit": {"scale": 0.75}, "svhn": {"scale": 0.75}}
    for dataset in splits:
        assert {tensor.dtype for tensor in dataset.data.values()} == {torch.float32}
        assert dataset.data["digit"].unique().tolist() == [0, 1]
        assert dataset.data["svhn"].min() >= 0 and dataset.data["svhn"].max() <= 1
        assert torch.equal(dataset.data["text"].sum(-1), torch.ones(len(dataset), 8))
    written = splits.texts["text"](splits.train.data["text"][0])
    assert written == NAMES[splits.train.labels[0]]


@pytest.mark.parametrize("embedded", [True, False])
def test_all_three_show_the_label(make, small_svhn, small_mnist, embedded, request):
    splits = make(**({} if embedded else request.getfixturevalue("both")))
    pictures = svhn_pictures(small_svhn.folder, 0, small_svhn.digests)
    for split in ("train", "validation", "test"):
        data = getattr(splits, split)
        assert text_to_string(data.data["text"]) == [NAMES[label] for label in data.labels]
        known = {
            x.tobytes(): y for x, y in zip(pictures[split].pictures, pictures[split].labels, strict=True)
        }
        assert [known[x] for x in photographs_of(splits, split)] == data.labels.tolist()
    if not embedded:
        images, labels = small_mnist.images["train"], small_mnist.labels["train"]
        drawings = {(image > 127).tobytes(): label for image, label in zip(images, labels, strict=True)}
        seen = splits.train.data["digit"][:, 0].bool().numpy()
        assert [drawings[picture.tobytes()] for picture in seen] == splits.train.labels.tolist()


def test_embedded_drawings_come_from_the_right_class(make):
    # Moved drawings are no look-up: the nearest mean of the other splits' classes tells most of them.
    splits = make(n_train=2_000, n_test=500)
    pictures, labels = splits.train.data["digit"].flatten(1), splits.train.labels
    means = torch.stack([pictures[labels == label].mean(0) for label in range(10)])
    guesses = torch.cdist(splits.test.data["digit"].flatten(1), means).argmin(1)
    assert (guesses == splits.test.labels).float().mean() > 0.6


def test_no_photograph_is_in_two_splits_and_each_is_used_before_any_comes_again(make, small_svhn):
    splits = make(n_train=250)
    used = {split: photographs_of(splits, split) for split in ("train", "validation", "test")}
    assert not set(used["train"]) & set(used["validation"])
    assert not (set(used["train"]) | set(used["validation"])) & set(used["test"])
    assert [len(set(used[split])) for split in used] == [100, 20, 30]  # all of them
    times = np.unique(used["train"], return_counts=True)[1]
    assert set(times) == {2, 3}


def test_drawings_and_photographs_are_paired_at_random(make, both):
    splits = make(n_train=6_000, **both)
    drawings = [x.numpy().tobytes() for x in splits.train.data["digit"].bool()]
    # 20 drawings and 10 photographs of each digit: 2,000 pairs, of which 6,000 draws miss e⁻³, about 100.
    n_pairs = len(set(zip(drawings, photographs_of(splits, "train"), strict=True)))
    assert len(set(drawings)) == 200
    assert 1_800 < n_pairs < 1_980


def test_the_seed_decides_everything(make):
    def digests(seed: int) -> list[str]:
        return [dataset.digest() for dataset in make(seed=seed, missing_rate=0.4)]

    assert digests(0) == digests(0)
    assert not set(digests(0)) & set(digests(1))


def test_modalities_can_be_missing_from_all_but_the_test_data(make):
    splits = make(missing_rate=0.5, missing_by="label")
    assert splits.train.hidden_share > 0.2 and splits.validation.hidden_share > 0.2
    assert not hasattr(splits.test, "masks")


def test_a_digit_without_a_photograph_is_told(make, small_svhn):
    y = small_svhn.y[TEST_FILE].copy()
    y[y == 7] = 3
    small_svhn.save(TEST_FILE, y=y)
    with pytest.raises(ValueError, match="test, SVHN: expected pictures of every digit, got none of 7"):
        make()


def test_a_missing_file_of_mnist_is_told_before_svhn_is_read(make, both, small_svhn, monkeypatch):
    def read(*arguments):
        raise AssertionError("read")

    monkeypatch.setattr("workbench.datasets.files.svhn.read_svhn", read)
    (small_svhn.folder / "mnist/train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match="MNIST: expected train-images"):
        make(**both)


def test_the_environment_names_the_folder_of_both(small_svhn, both, monkeypatch):
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(small_svhn.folder))
    given = load_dataset("mnist_svhn_text", data_dir=small_svhn.folder, **SMALL, **both)
    assert load_dataset("mnist_svhn_text", **SMALL, **both).train.digest() == given.train.digest()


def test_the_papers_networks_and_weights_train_on_it(make):
    splits = make(missing_rate=0.3)
    networks = {"digit": "mlp", "svhn": "conv32", "text": "text1d"}
    config = MoPoEConfig(
        3,
        latent_dim=4,
        input_dims=splits.input_dims,
        decoders_dist=splits.decoders_dist,
        decoder_dist_params=splits.decoder_dist_params,
        uses_likelihood_rescaling=True,
        rescale_factors=paper_rescaling(splits.input_dims, splits.decoders_dist),
    )
    model = MoPoE(config, networks, networks)
    model(splits.train[:10]).loss.backward()
    assert all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in model.parameters())


def test_the_papers_experiment_on_it(make):
    splits = make()
    names = paper_networks(splits)
    assert names == {"digit": "mlp", "svhn": "conv32", "text": "text1d"}
    assert build_model(splits, networks=names, latent_dim=4)(splits.train).loss.isfinite()
    factors = paper_rescaling(splits.input_dims, splits.decoders_dist)
    assert factors == pytest.approx({"digit": 3072 / 784, "svhn": 1, "text": 384})
    assert [row[3] for row in weights_table(splits, factors).rows] == ["3.918", "1", "384"]
