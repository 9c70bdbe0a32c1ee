"""The default data set: PolyMNIST's recipe over what ships with scikit-learn and scikit-image."""

from __future__ import annotations

from .base import Splits
from .digits import embedded_drawings
from .files.photographs import Photographs, choose_photographs
from .polymnist_recipe import check_options, checked_sizes, make_polymnist


def polydigits(
    n_modalities: int | None = None,
    n_train: int = 10_000,
    n_validation: int = 1_000,
    n_test: int = 2_000,
    seed: int = 0,
    photographs: Photographs | None = None,
    missing_rate: float = 0.0,
    missing_by: str = "random",
) -> Splits:
    """Views of real handwritten digits, offline: one photograph behind each view.

    A sample is a tuple of pictures that share a digit and nothing else.  Modality m's picture is a random
    28 × 28 crop of photograph m, colours inverted where a drawing of the digit is; the drawings in a tuple
    differ, and each is moved by a small random affine.  Training, validation and test data never share a
    drawing.  Everything follows from ``seed``; the first modalities are the same however many follow.

    Args:
        n_modalities: 1 to 10; ``None`` for as many as ``photographs``, or five.
        n_train: tuples to train on.  A tuple of five takes 47 kB: 10,000 take 0.47 GB.
        n_validation: tuples to choose by.
        n_test: tuples to report on.
        seed: any integer from 0.
        photographs: names in the order of the modalities (see ``PHOTOGRAPHS``), or a dictionary name →
            uint8 array (height, width, 3) of your own; the names become the modalities' names.
        missing_rate: probability with which an entry of the training and validation data is hidden
            (exactly: see ``hide_modalities``); the test data stay complete.
        missing_by: modalities ``"random"`` or by ``"label"``, or single ``"entries"``.

    Returns:
        Splits of float32 pictures in [0, 1], each (B, 3, 28, 28), with labels 0 to 9.

    Raises:
        TypeError: an option of the wrong type.
        ValueError: an option out of range or an unknown photograph; the message says what was expected.
        FileNotFoundError: a package has no such photograph in the installed version.
    """
    sizes = checked_sizes(n_train, n_validation, n_test)
    check_options(seed, missing_rate, missing_by)
    chosen = choose_photographs(n_modalities, photographs)
    drawings = embedded_drawings(seed)
    return make_polymnist("polydigits", drawings, chosen, sizes, seed, missing_rate, missing_by)
