"""SVHN's two files of cropped digits: found in a folder, and checked by what is inside them.

Nothing is downloaded: the files are 182 and 64 MB large and are for non-commercial use only, so whoever wants them
fetches them from their official address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..checks import stream
from ..digits import split_by_class
from .published import PublishedFiles, needed_folder

SVHN_ADDRESS = "http://ufldl.stanford.edu/housenumbers/"
TRAIN_FILE, TEST_FILE = "train_32x32.mat", "test_32x32.mat"
SVHN_DIGESTS = {
    TRAIN_FILE: "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
    TEST_FILE: "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
}
SVHN = PublishedFiles(
    "SVHN",
    tuple(SVHN_DIGESTS),
    f"it is not downloaded for you: fetch it from {SVHN_ADDRESS} (format 2, cropped digits) and put it there",
    places=(".", "svhn", "SVHN"),
)

SVHN_SIDE = 32
# What MATLAB, which counts from one, calls the digit 0.
LABEL_OF_ZERO = 10
VALIDATION_SHARE = 1 / 6


@dataclass(frozen=True)
class LabelledPictures:
    """Colour pictures of digits.

    Attributes:
        pictures: (N, 3, 32, 32) uint8.
        labels: the digit in the middle, 0 to 9, (N,) int64.
    """

    pictures: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, which: np.ndarray) -> LabelledPictures:
        return LabelledPictures(self.pictures[which], self.labels[which])


def svhn_pictures(
    data_dir: str | Path | None = None, seed: int = 0, digests: Mapping[str, str] = SVHN_DIGESTS
) -> dict[str, LabelledPictures]:
    """SVHN's cropped digits in three splits that share no picture.

    A sixth of every class of the 73,257 training pictures is the validation split; the 26,032 test pictures are
    the test split.  The pictures are crops from house numbers, wide enough to show a part of the neighbouring
    digits, and the files do not say which of them were one number: a house whose 3 is in the training split may
    have its 7 in the validation split.

    Args:
        data_dir: folder with both files, or the one above its ``svhn/`` or ``SVHN/``; ``None`` for
            ``MOPOE_DATA_DIR``.
        seed: chooses the validation pictures.
        digests: SHA-256 of each file, to be changed only for files that are not SVHN's.

    Raises:
        FileNotFoundError: no folder, or a file is missing; the message says where to get it and to put it.
        ValueError: as for :func:`read_svhn`.
    """
    paths = SVHN.find(needed_folder(data_dir, SVHN))
    train = read_svhn(paths[TRAIN_FILE], digests[TRAIN_FILE])
    shares = {"train": 1 - VALIDATION_SHARE, "validation": VALIDATION_SHARE}
    parts = split_by_class(train.labels, shares, stream(seed, "svhn", "split"))
    known = {split: train[which] for split, which in parts.items()}
    return {**known, "test": read_svhn(paths[TEST_FILE], digests[TEST_FILE])}


def read_svhn(path: str | Path, digest: str) -> LabelledPictures:
    """The pictures and labels in one of SVHN's MATLAB files.

    The file holds numbers alone, ``X`` (32, 32, 3, N) uint8 and ``y`` (N, 1) from 1 to 10, and is compared with its
    digest before it is parsed: scipy can crash on a damaged one.  No pickled object is ever built.

    Args:
        path: the file.
        digest: its SHA-256.

    Raises:
        ValueError: damaged, of another digest, or of other arrays; the message says which.
    """
    path = Path(path)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        raise ValueError(
            f"{path}: expected the sha256 {digest}, got {found}; "
            f"the file is damaged or another one: delete it and fetch it again from {SVHN_ADDRESS}"
        )
    pictures, labels = _arrays(path)
    n = pictures.shape[-1] if pictures.ndim else 0
    if pictures.shape != (SVHN_SIDE, SVHN_SIDE, 3, n) or labels.shape != (n, 1):
        raise ValueError(
            f"{path}: expected X of shape ({SVHN_SIDE}, {SVHN_SIDE}, 3, N) and y of shape (N, 1), "
            f"got {pictures.shape} and {labels.shape}"
        )
    if pictures.dtype != np.uint8 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"{path}: expected X of uint8 and y of integers, got {pictures.dtype} and {labels.dtype}"
        )
    outside = labels[(labels < 1) | (labels > LABEL_OF_ZERO)]
    if outside.size:
        raise ValueError(
            f"{path}: expected labels 1 to {LABEL_OF_ZERO}, which stands for the digit 0, got {outside[0]}"
        )
    return LabelledPictures(
        np.ascontiguousarray(pictures.transpose(3, 2, 0, 1)), labels[:, 0].astype(np.int64) % LABEL_OF_ZERO
    )


def _arrays(path: Path) -> tuple[np.ndarray, np.ndarray]:
    from scipy.io import loadmat

    try:
        content = loadmat(path, appendmat=False, variable_names=("X", "y"))
    except Exception as error:  # scipy has no kind of its own for what it cannot read
        raise ValueError(f"{path}: no MATLAB file of version 5 that can be read ({error})") from error
    lacking = [name for name in ("X", "y") if not isinstance(content.get(name), np.ndarray)]
    if lacking:
        raise ValueError(
            f"{path}: expected the arrays X and y, got no array {' and no array '.join(lacking)}"
        )
    return content["X"], content["y"]
