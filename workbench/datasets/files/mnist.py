"""The four original MNIST files: found in a folder or downloaded, and checked by what is inside them."""

from __future__ import annotations

import gzip
import hashlib
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ...files import write_whole
from ..checks import stream
from ..digits import SIDE, Drawings, split_by_class
from .published import DATA_DIR_VARIABLE, PublishedFiles, given_folder

# SHA-256 of the uncompressed files: mirrors compress them differently.
MNIST_DIGESTS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

VALIDATION_SHARE = 1 / 6
HALF_INK = 128


def mnist_cache() -> Path:
    """The folder that :func:`download_mnist` puts the files into."""
    import pooch

    return Path(pooch.os_cache("mopoe-workbench")) / "mnist"


MNIST = PublishedFiles(
    "MNIST",
    tuple(MNIST_DIGESTS),
    f"put it there, name another folder by data_dir or {DATA_DIR_VARIABLE}, or set neither to download",
    places=(".", "mnist", "MNIST/raw"),  # the last is where torchvision puts them
    endings=("", ".gz"),
    cache=mnist_cache,
)


def mnist_drawings(
    data_dir: str | Path | None = None, seed: int = 0, digests: Mapping[str, str] = MNIST_DIGESTS
) -> dict[str, Drawings]:
    """MNIST's digits, cut at half ink, in three splits that share no drawing.

    A sixth of every class of the 60,000 training drawings is the validation split; the 10,000 test drawings
    are the test split.  They are not moved: MNIST has drawings enough.

    Args:
        data_dir: folder with the four files, compressed or not; ``None`` for the environment variable
            ``MOPOE_DATA_DIR``, and where that is not set, for a download into the user's cache.
        seed: chooses the validation drawings.
        digests: SHA-256 of each uncompressed file, by name without ``.gz``.

    Raises:
        FileNotFoundError: a file is missing from the folder; the message says where to put it.
        ConnectionError: no mirror gave an intact file.
        ValueError: a file is damaged, is another file, or is no MNIST.
    """
    folder = given_folder(data_dir, MNIST)
    if folder is None:
        folder = download_mnist(digests=digests)
    arrays = {name: read_idx(path, digests[name]) for name, path in MNIST.find(folder).items()}
    train = _drawings(arrays, "train", folder)
    parts = split_by_class(
        train.labels,
        {"train": 1 - VALIDATION_SHARE, "validation": VALIDATION_SHARE},
        stream(seed, "mnist", "split"),
    )
    known = {split: train[which] for split, which in parts.items()}
    return {**known, "test": _drawings(arrays, "t10k", folder)}


def download_mnist(
    folder: str | Path | None = None,
    mirrors: Sequence[str] = MNIST_MIRRORS,
    digests: Mapping[str, str] = MNIST_DIGESTS,
) -> Path:
    """Download what is not there yet into ``folder`` (``None``: the user's cache), and return the folder.

    A file is put in place only when what is inside it has the right digest; else the next mirror is asked.

    Raises:
        ConnectionError: no mirror gave an intact file; the message says what each answered.
    """
    folder = mnist_cache() if folder is None else Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in MNIST_DIGESTS:
        path = folder / f"{name}.gz"
        if not path.exists():
            _download(path, mirrors, digests[name])
    return folder


def read_idx(path: str | Path, digest: str) -> np.ndarray:
    """The array in an IDX file of bytes, plain or ``.gz``: images (N, 28, 28) or labels (N,), uint8.

    Args:
        path: the file.
        digest: SHA-256 of the uncompressed file.

    Raises:
        ValueError: damaged, of another digest, or no such IDX file.
    """
    path = Path(path)
    content = _uncompressed(path)
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise ValueError(
            f"{path}: expected the sha256 {digest} of the uncompressed file, got {found}; "
            "the file is damaged or another one: delete it and fetch it again"
        )
    n_axes = content[3] if len(content) > 3 else 0
    header = 4 + 4 * n_axes
    if content[:3] != b"\0\0\x08" or n_axes not in (1, 3) or len(content) < header:
        raise ValueError(f"{path}: expected IDX bytes with 1 or 3 axes, got the header {content[:4].hex()!r}")
    shape = tuple(np.frombuffer(content, ">u4", n_axes, offset=4).tolist())
    if len(content) - header != np.prod(shape, dtype=np.int64):
        raise ValueError(f"{path}: expected {shape} bytes as its header says, got {len(content) - header}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _drawings(arrays: Mapping[str, np.ndarray], part: str, folder: Path) -> Drawings:
    images, labels = arrays[f"{part}-images-idx3-ubyte"], arrays[f"{part}-labels-idx1-ubyte"]
    if images.shape[1:] != (SIDE, SIDE) or labels.shape != images.shape[:1]:
        raise ValueError(
            f"MNIST in {folder}, {part}: expected images (N, {SIDE}, {SIDE}) and labels (N,), "
            f"got {images.shape} and {labels.shape}"
        )
    if labels.size and labels.max() > 9:
        raise ValueError(f"MNIST in {folder}, {part}: expected labels 0 to 9, got {labels.max()}")
    return Drawings(images >= HALF_INK, labels.astype(np.int64), jitter=False)


def _uncompressed(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: damaged or cut short ({error}); delete it and fetch it again") from error


def _download(path: Path, mirrors: Sequence[str], digest: str) -> None:
    import pooch

    fetch = pooch.HTTPDownloader(timeout=30)
    answers = []
    for mirror in mirrors:
        with tempfile.TemporaryDirectory() as temporary:
            arrived = Path(temporary) / path.name
            try:
                fetch(mirror + path.name, str(arrived), None)
                read_idx(arrived, digest)
            except (OSError, ValueError) as error:
                answers.append(f"{mirror}: {error}")
                continue
            write_whole(path, arrived.read_bytes())
            return
    raise ConnectionError(
        f"MNIST: no mirror gave an intact {path.name}; put the four files into a folder by hand and name it "
        f"by data_dir or {DATA_DIR_VARIABLE}. " + "; ".join(answers)
    )
