"""A handwritten digit, a house number's digit and an English name: the paper's set of three kinds of data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from .base import MultimodalDataset, Splits
from .checks import stream
from .digits import DIGIT_NAMES, SIDE, SPLITS, Drawings, embedded_drawings
from .files.mnist import MNIST, MNIST_DIGESTS, mnist_drawings
from .files.published import needed_folder
from .files.svhn import SVHN, SVHN_DIGESTS, LabelledPictures, svhn_pictures
from .missing import hide_in_training
from .polymnist_recipe import (
    PICTURE_LIKELIHOOD,
    PICTURE_PARAMS,
    as_unit_floats,
    check_options,
    checked_sizes,
    drawn_labels,
)
from .texts import text_to_string, written_names

DIGESTS = {**SVHN_DIGESTS, **MNIST_DIGESTS}


def mnist_svhn_text(
    data_dir: str | Path | None = None,
    n_train: int = 50_000,
    n_validation: int = 5_000,
    n_test: int = 10_000,
    seed: int = 0,
    missing_rate: float = 0.0,
    missing_by: str = "random",
    digests: Mapping[str, str] = DIGESTS,
) -> Splits:
    """MNIST–SVHN–Text: three views of a label that share nothing else.

    ========= ============ =========== =================================================================
    modality  shape        likelihood  what it is
    ========= ============ =========== =================================================================
    ``digit`` (1, 28, 28)  laplace     a drawing, exactly 0 or 1
    ``svhn``  (3, 32, 32)  laplace     a crop of a photographed house number, in [0, 1]
    ``text``  (8, 27)      categorical the digit's name, one-hot characters at a random place in blanks
    ========= ============ =========== =================================================================

    Drawings and photographs are paired at random within the label, and none is used a second time in a split
    before all of its label are used; no two splits share any.  SVHN's training file gives the training and
    the validation pictures, its test file the test pictures.

    Source: Sutter et al. 2021, with its likelihoods (Laplace, scale 0.75).  Other than there, drawings are black and
    white, all labels are equally frequent, and samples are as many as asked for: the paper uses every picture in
    20 pairs, 1.1 million in all.

    Args:
        data_dir: folder with SVHN's ``train_32x32.mat`` and ``test_32x32.mat``, and with MNIST's four files, to
            draw from MNIST; where it has none of those, drawings are scikit-learn's.  ``None`` for
            ``MOPOE_DATA_DIR``.
        n_train: samples to train on; the default takes 0.8 GB.
        n_validation: samples to choose by.
        n_test: samples to report on.
        seed: any integer from 0.
        missing_rate: as for ``polydigits``.
        missing_by: as for ``polydigits``.
        digests: SHA-256 of the files in ``data_dir``, of MNIST's uncompressed.

    Raises:
        TypeError: an option of the wrong type.
        ValueError: an option out of range, a damaged file, or a label of which a file has no picture.
        FileNotFoundError: no folder, or a file is missing from it; the message says what to do.
    """
    sizes = checked_sizes(n_train, n_validation, n_test)
    check_options(seed, missing_rate, missing_by)
    folder = needed_folder(data_dir, SVHN)
    SVHN.find(folder)  # what is missing is said before anything is read
    embedded = MNIST.missing(folder) == list(MNIST.files)
    drawings = embedded_drawings(seed) if embedded else mnist_drawings(folder, seed, digests)
    photographs = svhn_pictures(folder, seed, digests)
    splits = {
        split: _make_split(drawings[split], photographs[split], sizes[split], seed, split) for split in SPLITS
    }
    complete = Splits(
        splits["train"],
        splits["validation"],
        splits["test"],
        decoders_dist={"digit": PICTURE_LIKELIHOOD, "svhn": PICTURE_LIKELIHOOD, "text": "categorical"},
        decoder_dist_params={"digit": dict(PICTURE_PARAMS), "svhn": dict(PICTURE_PARAMS)},
        texts={"text": text_to_string},
    )
    return hide_in_training(complete, missing_rate, missing_by, seed)


def _make_split(
    drawings: Drawings, photographs: LabelledPictures, n: int, seed: int, split: str
) -> MultimodalDataset:
    labels = drawn_labels(n, stream(seed, split, "labels"))
    drawn = _in_turn(labels, drawings.labels, stream(seed, split, "paired", "digit"), f"{split}, drawings")
    seen = _in_turn(labels, photographs.labels, stream(seed, split, "paired", "svhn"), f"{split}, SVHN")
    digit = drawings.pictures(drawn, stream(seed, split, "affine", 0))
    data = {
        "digit": torch.from_numpy(digit.reshape(n, 1, SIDE, SIDE)).to(torch.float32),
        "svhn": as_unit_floats(photographs.pictures[seen]),
        "text": torch.from_numpy(written_names(labels, stream(seed, split, "text"))),
    }
    return MultimodalDataset(data, torch.from_numpy(labels), name="mnist_svhn_text", label_names=DIGIT_NAMES)


def _in_turn(wanted: np.ndarray, labels: np.ndarray, rng: np.random.Generator, what: str) -> np.ndarray:
    """For each label in ``wanted`` (n,) the position of an equal one in ``labels`` (N,), in random order.

    Positions come round again only when all of their label have been used.

    Raises:
        ValueError: a label that ``labels`` lack.
    """
    chosen = np.empty(len(wanted), np.int64)
    for label in np.unique(wanted):
        rows, members = np.flatnonzero(wanted == label), np.flatnonzero(labels == label)
        if not members.size:
            raise ValueError(f"{what}: expected pictures of every digit, got none of {label}")
        rounds = -(-len(rows) // len(members))
        chosen[rows] = np.concatenate([rng.permutation(members) for _ in range(rounds)])[: len(rows)]
    return chosen
