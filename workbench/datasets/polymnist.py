"""PolyMNIST's recipe over the real MNIST."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .base import Splits
from .files.mnist import MNIST_DIGESTS, mnist_drawings
from .files.photographs import Photographs, choose_photographs
from .polymnist_recipe import check_options, checked_sizes, make_polymnist


def polymnist(
    data_dir: str | Path | None = None,
    n_modalities: int | None = None,
    n_train: int = 50_000,
    n_validation: int = 5_000,
    n_test: int = 10_000,
    seed: int = 0,
    photographs: Photographs | None = None,
    missing_rate: float = 0.0,
    missing_by: str = "random",
    digests: Mapping[str, str] = MNIST_DIGESTS,
) -> Splits:
    """:func:`workbench.datasets.polydigits` with MNIST's 70,000 drawings, not moved, in place of scikit-learn's.

    The photographs are the embedded ones; ``read_polymnist`` reads the released PolyMNIST, which has others.

    Args:
        data_dir: folder with MNIST's four files; ``None`` for ``MOPOE_DATA_DIR``, else a download.
        n_modalities: 1 to 10; ``None`` for as many as ``photographs``, or five.
        n_train: tuples to train on; the default takes 2.4 GB for five modalities.
        n_validation: tuples to choose by.
        n_test: tuples to report on, of MNIST's test drawings.
        seed: any integer from 0.
        photographs: as for ``polydigits``.
        missing_rate: as for ``polydigits``.
        missing_by: as for ``polydigits``.
        digests: SHA-256 of the uncompressed files, to be changed only for files that are not MNIST's.

    Returns:
        Splits of float32 pictures in [0, 1], each (B, 3, 28, 28), with labels 0 to 9.

    Raises:
        TypeError: an option of the wrong type.
        ValueError: an option out of range, or a damaged file.
        FileNotFoundError: a file is missing from ``data_dir``; the message says where to put it.
        ConnectionError: nothing was given and no mirror can be reached.
    """
    sizes = checked_sizes(n_train, n_validation, n_test)
    check_options(seed, missing_rate, missing_by)
    chosen = choose_photographs(n_modalities, photographs)
    drawings = mnist_drawings(data_dir, seed, digests)
    return make_polymnist("polymnist", drawings, chosen, sizes, seed, missing_rate, missing_by)
