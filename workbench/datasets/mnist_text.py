"""Three kinds of data for three likelihoods: a digit, a digit on a photograph, and its English name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from .base import MultimodalDataset, Splits
from .checks import stream
from .digits import DIGIT_NAMES, SIDE, Drawings, embedded_drawings
from .files.mnist import MNIST_DIGESTS, mnist_drawings
from .files.photographs import random_crops, read_photograph
from .missing import hide_in_training
from .polymnist_recipe import (
    PICTURE_LIKELIHOOD,
    PICTURE_PARAMS,
    as_unit_floats,
    check_options,
    checked_sizes,
    drawn_labels,
    inverted,
    matching_drawings,
)
from .texts import text_to_string, written_names


def mnist_text(
    n_train: int = 10_000,
    n_validation: int = 1_000,
    n_test: int = 2_000,
    seed: int = 0,
    data_dir: str | Path | None = None,
    photograph: str = "flower",
    same_drawing: bool = False,
    missing_rate: float = 0.0,
    missing_by: str = "random",
    digests: Mapping[str, str] = MNIST_DIGESTS,
) -> Splits:
    """A mixed-type set from the same digits as ``polydigits``: every likelihood has a home.

    ========= ============ =========== =================================================================
    modality  shape        likelihood  what it is
    ========= ============ =========== =================================================================
    ``digit`` (1, 28, 28)  bernoulli   a drawing, exactly 0 or 1
    ``photo`` (3, 28, 28)  laplace     a drawing inverted into a crop of a photograph, in [0, 1]
    ``text``  (8, 27)      categorical the digit's name, one-hot characters at a random place in blanks
    ========= ============ =========== =================================================================

    Args:
        n_train: samples to train on.
        n_validation: samples to choose by.
        n_test: samples to report on.
        seed: any integer from 0.
        data_dir: folder with MNIST's four files, to draw from MNIST; ``None`` for scikit-learn's digits.
        photograph: one of ``PHOTOGRAPHS``.
        same_drawing: whether ``digit`` and ``photo`` show one drawing, so share more than the label.
        missing_rate: as for ``polydigits``.
        missing_by: as for ``polydigits``.
        digests: SHA-256 of the uncompressed files in ``data_dir``.

    Raises:
        TypeError: an option of the wrong type.
        ValueError: an option out of range, or a damaged file.
        FileNotFoundError: a file is missing from ``data_dir``, or the photograph from its package.
    """
    sizes = checked_sizes(n_train, n_validation, n_test)
    check_options(seed, missing_rate, missing_by)
    picture = read_photograph(photograph)
    drawings = embedded_drawings(seed) if data_dir is None else mnist_drawings(data_dir, seed, digests)
    splits = {
        split: _make_split(drawings[split], picture, n, seed, split, same_drawing)
        for split, n in sizes.items()
    }
    complete = Splits(
        splits["train"],
        splits["validation"],
        splits["test"],
        decoders_dist={"digit": "bernoulli", "photo": PICTURE_LIKELIHOOD, "text": "categorical"},
        decoder_dist_params={"photo": dict(PICTURE_PARAMS)},
        texts={"text": text_to_string},
    )
    return hide_in_training(complete, missing_rate, missing_by, seed)


def _make_split(
    drawings: Drawings, photograph: np.ndarray, n: int, seed: int, split: str, same_drawing: bool
) -> MultimodalDataset:
    labels = drawn_labels(n, stream(seed, split, "labels"))
    which = matching_drawings(drawings, labels, 2, seed, split)
    digit = drawings.pictures(which[:, 0], stream(seed, split, "affine", 0))
    on_photo = digit if same_drawing else drawings.pictures(which[:, 1], stream(seed, split, "affine", 1))
    crops = random_crops(photograph, n, stream(seed, split, "crops"))
    data = {
        "digit": torch.from_numpy(digit.reshape(n, 1, SIDE, SIDE)).to(torch.float32),
        "photo": as_unit_floats(inverted(crops, on_photo)),
        "text": torch.from_numpy(written_names(labels, stream(seed, split, "text"))),
    }
    return MultimodalDataset(data, torch.from_numpy(labels), name="mnist_text", label_names=DIGIT_NAMES)
