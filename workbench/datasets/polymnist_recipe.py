"""PolyMNIST's recipe: tuples of one digit, each drawing inverted into a crop of its modality's photograph.

Source: Sutter, Daunhawer, Vogt 2021, *Generalized Multimodal ELBO*, which introduced the data set.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from .base import MultimodalDataset, Splits
from .checks import checked_count, stream
from .digits import DIGIT_NAMES, SPLITS, Drawings
from .files.photographs import random_crops
from .missing import check_missing, hide_in_training

# The likelihood of colour pictures in the paper's experiments.
PICTURE_LIKELIHOOD = "laplace"
PICTURE_PARAMS = {"scale": 0.75}


def drawn_labels(n: int, rng: np.random.Generator) -> np.ndarray:
    """Digits of n tuples in random order, (n,) int64, each digit as often as the others to within one."""
    return rng.permutation(np.arange(n) % 10)


def matching_drawings(
    drawings: Drawings, labels: np.ndarray, n_modalities: int, seed: int, split: str
) -> np.ndarray:
    """A drawing of the right digit for each entry of each tuple, (n, n_modalities) positions in ``drawings``.

    Within a tuple the drawings differ as long as the class has enough of them.  Modality m's column does not
    depend on how many modalities follow it.

    Raises:
        ValueError: a digit of which there is no drawing.
    """
    lacking = np.setdiff1d(labels, drawings.labels)
    if lacking.size:
        raise ValueError(f"{split}: expected drawings of every digit, got none of {lacking.tolist()}")
    columns: list[np.ndarray] = []
    for m in range(n_modalities):
        rank = stream(seed, split, "drawing", m).random(len(labels))
        chosen = np.empty(len(labels), np.int64)
        for label in np.unique(labels):
            rows = np.flatnonzero(labels == label)
            members = np.flatnonzero(drawings.labels == label)
            # A class smaller than the tuple starts again when it is used up.
            taken = [column[rows] for column in columns[m - m % len(members) :]]
            chosen[rows] = members[_unused(rank[rows], len(members), np.searchsorted(members, taken))]
        columns.append(chosen)
    return np.stack(columns, 1)


def inverted(crops: np.ndarray, strokes: np.ndarray) -> np.ndarray:
    """The crops (n, 3, 28, 28) uint8 with colours inverted on the strokes (n, 28, 28) bool."""
    return crops ^ (strokes[:, None] * np.uint8(255))


def make_polymnist(
    name: str,
    drawings: Mapping[str, Drawings],
    photographs: Mapping[str, np.ndarray],
    sizes: Mapping[str, int],
    seed: int,
    missing_rate: float,
    missing_by: str,
) -> Splits:
    """Tuples by PolyMNIST's recipe, one modality for each photograph; see ``polydigits``."""
    splits = {}
    for split in SPLITS:
        labels = drawn_labels(sizes[split], stream(seed, split, "labels"))
        which = matching_drawings(drawings[split], labels, len(photographs), seed, split)
        data = {}
        for m, (modality, photograph) in enumerate(photographs.items()):
            strokes = drawings[split].pictures(which[:, m], stream(seed, split, "affine", m))
            crops = random_crops(photograph, len(labels), stream(seed, split, "crops", modality))
            data[modality] = as_unit_floats(inverted(crops, strokes))
        splits[split] = MultimodalDataset(data, torch.from_numpy(labels), name=name, label_names=DIGIT_NAMES)
    complete = Splits(
        splits["train"],
        splits["validation"],
        splits["test"],
        decoders_dist=dict.fromkeys(photographs, PICTURE_LIKELIHOOD),
        decoder_dist_params={modality: dict(PICTURE_PARAMS) for modality in photographs},
    )
    return hide_in_training(complete, missing_rate, missing_by, seed)


def checked_sizes(n_train: int, n_validation: int, n_test: int) -> dict[str, int]:
    """Sizes by split.

    Raises:
        TypeError: no integer.
        ValueError: a size below one.
    """
    sizes = {"n_train": n_train, "n_validation": n_validation, "n_test": n_test}
    return {option.removeprefix("n_"): checked_count(option, size) for option, size in sizes.items()}


def check_options(seed: int, missing_rate: float, missing_by: str) -> None:
    """Refuse what :func:`make_polymnist` would refuse, before any file is read."""
    checked_count("seed", seed, least=0)
    check_missing(missing_rate, missing_by)


def as_unit_floats(pictures: np.ndarray) -> torch.Tensor:
    """uint8 pictures as float32 in [0, 1]."""
    return torch.from_numpy(pictures).to(torch.float32).div_(255)


def _unused(rank: np.ndarray, n_members: int, taken: np.ndarray) -> np.ndarray:
    """A uniform draw (rows,) from the members not in ``taken`` (k, rows); ``rank`` is uniform in [0, 1)."""
    taken = np.sort(np.reshape(taken, (-1, len(rank))), axis=0)
    draw = (rank * (n_members - len(taken))).astype(np.int64)
    for used in taken:
        draw += draw >= used
    return draw
