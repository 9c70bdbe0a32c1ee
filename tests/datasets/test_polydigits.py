from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from mopoe import MoPoEConfig
from workbench.datasets import polydigits, polymnist
from workbench.datasets.digits import Drawings
from workbench.datasets.polymnist_recipe import drawn_labels, inverted, matching_drawings

SMALL = {"n_train": 60, "n_validation": 20, "n_test": 30}


def strokes_found(pictures: torch.Tensor, photograph: np.ndarray) -> np.ndarray:
    """The mask of each picture, (n, 28, 28), by trying every place that it may come from."""
    found = []
    for picture in (pictures * 255).round().numpy().astype(int).transpose(0, 2, 3, 1):
        for row in range(photograph.shape[0] - 27):
            for column in range(photograph.shape[1] - 27):
                crop = photograph[row : row + 28, column : column + 28].astype(int)
                same, other = (picture == crop).all(-1), (picture == 255 - crop).all(-1)
                if (same ^ other).all():
                    found.append(other)
    assert len(found) == len(pictures)
    return np.stack(found)


def test_every_picture_is_a_crop_inverted_on_a_drawing_of_its_label_and_split(small_mnist, noise_photographs):
    splits = polymnist(
        small_mnist.folder, photographs=noise_photographs, digests=small_mnist.digests, **SMALL
    )
    known = {}
    for part in ("train", "t10k"):
        for image, label in zip(small_mnist.images[part], small_mnist.labels[part], strict=True):
            known[(image >= 128).tobytes()] = (part, label)
    used = {"train": set(), "validation": set(), "test": set()}
    for split in used:
        dataset = getattr(splits, split)
        masks = [
            strokes_found(dataset.data[name], photograph) for name, photograph in noise_photographs.items()
        ]
        for i, label in enumerate(dataset.labels.tolist()):
            drawings = [mask[i].tobytes() for mask in masks]
            assert len(set(drawings)) == 3, "a drawing twice in one tuple"
            assert {known[drawing] for drawing in drawings} == {
                ("t10k" if split == "test" else "train", label)
            }
            used[split].update(drawings)
    assert not used["train"] & used["validation"]


def test_pictures_are_what_a_model_takes():
    splits = polydigits(3, **SMALL)
    for dataset, size in zip(splits, (60, 20, 30), strict=True):
        assert len(dataset) == size and not hasattr(dataset, "masks")
        assert np.ptp(np.bincount(dataset.labels, minlength=10)) <= 1
        for pictures in dataset.data.values():
            assert pictures.dtype == torch.float32 and pictures.shape == (size, 3, 28, 28)
            assert 0 <= pictures.min() < 0.1 and 0.9 < pictures.max() <= 1
    assert splits.train[4].data["china"].shape == (3, 28, 28)
    MoPoEConfig(
        3,
        input_dims=splits.input_dims,
        decoders_dist=splits.decoders_dist,
        decoder_dist_params=splits.decoder_dist_params,
    )


def test_five_modalities_unless_asked_otherwise():
    assert polydigits(n_train=1, n_validation=1, n_test=1).train.modalities == [
        "flower",
        "china",
        "coffee",
        "cat",
        "rocket",
    ]
    assert polydigits(8, 1, 1, 1).train.data.keys() == polydigits(8, 1, 1, 1).test.data.keys()
    assert len(polydigits(8, 1, 1, 1).train.data) == 8


def test_the_first_modalities_do_not_depend_on_those_that_follow():
    few, more = polydigits(2, **SMALL), polydigits(4, **SMALL)
    for a, b in zip(few, more, strict=True):
        assert torch.equal(a.labels, b.labels)
        assert all(torch.equal(a.data[name], b.data[name]) for name in a.modalities)


def test_the_seed_decides_everything():
    def digests(seed: int) -> list[str]:
        return [dataset.digest() for dataset in polydigits(2, seed=seed, missing_rate=0.3, **SMALL)]

    assert digests(5) == digests(5)
    assert not set(digests(5)) & set(digests(6))


def test_modalities_are_hidden_in_training_and_validation_only():
    splits = polydigits(2, missing_rate=0.5, missing_by="label", **SMALL)
    assert splits.train.hidden_share > 0.1 and splits.validation.hidden_share > 0.1
    assert not hasattr(splits.test, "masks")
    assert torch.equal(splits.train.data["china"], polydigits(2, **SMALL).train.data["china"])


@pytest.mark.slow
def test_another_process_gets_the_same_bytes_and_importing_loads_nothing_heavy():
    code = (
        "import sys, workbench.datasets as d; "
        "print(sorted({'skimage', 'sklearn', 'scipy', 'PIL', 'pooch', 'matplotlib'} & set(sys.modules))); "
        "print(d.polydigits(3, 60, 20, 30, seed=1).train.digest(), 'skimage' in sys.modules)"
    )
    # Another hash seed and another number of threads, so that neither can matter.
    environment = {**os.environ, "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-c", code]
    printed = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert printed[0] == "[]"
    assert printed[1] == f"{polydigits(3, **SMALL, seed=1).train.digest()} False"


def test_drawings_differ_in_a_tuple_even_when_the_class_has_just_enough():
    labels = drawn_labels(500, np.random.default_rng(0))
    drawings = Drawings(np.zeros((40, 28, 28), bool), np.arange(40) % 10, jitter=False)
    which = matching_drawings(drawings, labels, 4, 0, "train")
    assert np.array_equal(drawings.labels[which], np.broadcast_to(labels[:, None], (500, 4)))
    assert (np.sort(which, 1) == np.sort(labels[:, None] + np.arange(0, 40, 10), 1)).all()
    # All 24 orders of four drawings occur.
    assert len(np.unique(which // 10, axis=0)) == 24


def test_a_class_with_too_few_drawings_is_used_evenly():
    drawings = Drawings(np.zeros((20, 28, 28), bool), np.arange(20) % 10, jitter=False)
    which = matching_drawings(drawings, np.full(200, 7), 5, 0, "train")
    assert (which[:, 0] != which[:, 1]).all() and (which[:, 2] != which[:, 3]).all()
    assert set(np.unique(which)) == {7, 17}


def test_every_drawing_of_the_class_is_equally_likely_in_every_column():
    drawings = Drawings(np.zeros((60, 28, 28), bool), np.arange(60) % 10, jitter=False)
    which = matching_drawings(drawings, np.full(6000, 2), 3, 0, "train")
    for column in which.T:
        # 1,000 expected of each of six, standard deviation 29.
        assert np.abs(np.bincount(column // 10, minlength=6) - 1000).max() < 145


def test_a_digit_without_drawings_is_an_error():
    drawings = Drawings(np.zeros((9, 28, 28), bool), np.arange(9), jitter=False)
    with pytest.raises(ValueError, match=r"test: expected drawings of every digit, got none of \[9\]"):
        matching_drawings(drawings, np.arange(10), 2, 0, "test")


def test_inverting_twice_gives_the_crop_back():
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (4, 3, 28, 28)).astype(np.uint8)
    strokes = rng.random((4, 28, 28)) > 0.5
    once = inverted(crops, strokes)
    assert np.array_equal(once, np.where(strokes[:, None], 255 - crops, crops))
    assert np.array_equal(inverted(once, strokes), crops)
