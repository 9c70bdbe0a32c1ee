"""Small data files in the formats of the real ones, written by the tests themselves."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat


def idx_bytes(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + b"".join(int(size).to_bytes(4, "big") for size in array.shape)
    return header + array.astype(np.uint8).tobytes()


class SmallMNIST:
    """MNIST's four files with 24 training and 4 test drawings of every digit, each of them unique."""

    def __init__(self, folder: Path) -> None:
        rng = np.random.default_rng(0)
        self.folder = folder
        self.images, self.labels, self.digests = {}, {}, {}
        for part, each in (("train", 24), ("t10k", 4)):
            self.labels[part] = rng.permutation(np.repeat(np.arange(10), each))
            self.images[part] = rng.integers(0, 256, (10 * each, 28, 28))
            self.write(f"{part}-images-idx3-ubyte", idx_bytes(self.images[part]))
            self.write(f"{part}-labels-idx1-ubyte", idx_bytes(self.labels[part]))

    def write(self, name: str, content: bytes) -> None:
        self.digests[name] = hashlib.sha256(content).hexdigest()
        (self.folder / f"{name}.gz").write_bytes(gzip.compress(content))


@pytest.fixture
def small_mnist(tmp_path: Path) -> SmallMNIST:
    folder = tmp_path / "mnist_files"
    folder.mkdir()
    return SmallMNIST(folder)


class SmallSVHN:
    """SVHN's two files with 12 training and 3 test pictures of every digit, each of them unique."""

    def __init__(self, folder: Path) -> None:
        rng = np.random.default_rng(2)
        self.folder = folder
        self.X, self.y, self.digests = {}, {}, {}
        for name, each in (("train_32x32.mat", 12), ("test_32x32.mat", 3)):
            self.X[name] = rng.integers(0, 256, (32, 32, 3, 10 * each)).astype(np.uint8)
            self.y[name] = rng.permutation(np.repeat(np.arange(1, 11), each)).astype(np.uint8)[:, None]
            self.save(name)

    def save(self, name: str, **changes: object) -> None:
        """Write one file, with other arrays where ``changes`` has some, or without where it has ``None``."""
        arrays = {"X": self.X[name], "y": self.y[name]} | changes
        savemat(
            self.folder / name,
            {key: array for key, array in arrays.items() if array is not None},
            do_compression=True,
        )
        self.note(name)

    def note(self, name: str) -> None:
        """Take what lies there for the right file."""
        self.digests[name] = hashlib.sha256((self.folder / name).read_bytes()).hexdigest()


@pytest.fixture
def small_svhn(tmp_path: Path) -> SmallSVHN:
    folder = tmp_path / "svhn_files"
    folder.mkdir()
    return SmallSVHN(folder)


@pytest.fixture
def noise_photographs() -> dict[str, np.ndarray]:
    """Photographs in which every 28 × 28 crop can be told from all others."""
    rng = np.random.default_rng(1)
    return {name: rng.integers(0, 256, (33, 36, 3)).astype(np.uint8) for name in ("first", "second", "third")}
