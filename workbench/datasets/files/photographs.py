"""Colour photographs that ship inside scikit-learn and scikit-image; nothing is ever downloaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..checks import checked_count
from ..digits import SIDE

# name → (package, file inside it), in the order in which modalities take them.
PHOTOGRAPHS = {
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "china": ("sklearn", "datasets/images/china.jpg"),
    "coffee": ("skimage", "data/coffee.png"),
    "cat": ("skimage", "data/chelsea.png"),
    "rocket": ("skimage", "data/rocket.jpg"),
    "motorcycle": ("skimage", "data/motorcycle_left.png"),
    "astronaut": ("skimage", "data/astronaut.png"),
    "retina": ("skimage", "data/retina.jpg"),
    "tissue": ("skimage", "data/ihc.png"),
    "hubble": ("skimage", "data/hubble_deep_field.jpg"),
}
DISTRIBUTIONS = {"sklearn": "scikit-learn", "skimage": "scikit-image"}

Photographs = Sequence[str] | Mapping[str, Any]


def read_photograph(name: str) -> np.ndarray:
    """The photograph of that name, (height, width, 3) uint8.

    The file is opened where the package was installed; the package itself, which fetches what it lacks
    from the network, is not imported.

    Raises:
        ValueError: no such name; the message lists those there are.
        FileNotFoundError: the package, or the file inside this version of it, is missing.
    """
    from PIL import Image

    if name not in PHOTOGRAPHS:
        raise ValueError(f"photographs: expected names among {', '.join(PHOTOGRAPHS)}, got {name!r}")
    package, file = PHOTOGRAPHS[name]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            f"photograph {name!r} ships with {DISTRIBUTIONS[package]}, which is not installed"
        )
    path = Path(spec.origin).parent / file
    if not path.is_file():
        raise FileNotFoundError(
            f"photograph {name!r}: expected {path}, shipped with {DISTRIBUTIONS[package]}, "
            "but this version has no such file; choose another"
        )
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def choose_photographs(n_modalities: int | None, photographs: Photographs | None) -> dict[str, np.ndarray]:
    """One photograph for each modality, name → (height, width, 3) uint8.

    Args:
        n_modalities: how many; ``None`` for as many as ``photographs``, or five.
        photographs: names among :data:`PHOTOGRAPHS`, or a dictionary name → array of the user's own, of
            which the first ``n_modalities`` are taken; ``None`` for the first of :data:`PHOTOGRAPHS`.

    Raises:
        TypeError: ``n_modalities`` is no integer, or ``photographs`` no sequence of names or dictionary.
        ValueError: more modalities than photographs, an unknown or repeated name, or an array that is no
            uint8 picture of at least 28 × 28.
    """
    if photographs is None:
        names = list(PHOTOGRAPHS)
        n_modalities = 5 if n_modalities is None else n_modalities
    elif isinstance(photographs, str) or not isinstance(photographs, (Sequence, Mapping)):
        raise TypeError(
            f"photographs: expected a list of names or a dict of arrays, got {type(photographs).__name__}"
        )
    else:
        names = list(photographs)
    if len(set(names)) < len(names):
        raise ValueError(f"photographs: expected each name once, as it names a modality, got {names}")
    n = checked_count("n_modalities", len(names) if n_modalities is None else n_modalities)
    if n > len(names):
        raise ValueError(
            f"n_modalities: expected at most {len(names)}, as there is one photograph for each of "
            f"{', '.join(names)}, got {n}"
        )
    if isinstance(photographs, Mapping):
        return {name: _checked_picture(name, photographs[name]) for name in names[:n]}
    return {name: read_photograph(name) for name in names[:n]}


def random_crops(photograph: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Crops of 28 × 28 pixels at uniformly random places, (n, 3, 28, 28) uint8."""
    windows = np.lib.stride_tricks.sliding_window_view(photograph, (SIDE, SIDE), axis=(0, 1))
    rows = rng.integers(windows.shape[0], size=n)
    columns = rng.integers(windows.shape[1], size=n)
    return windows[rows, columns]


def _checked_picture(name: str, picture: Any) -> np.ndarray:
    array = np.asarray(picture)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or min(array.shape[:2]) < SIDE:
        raise ValueError(
            f"photographs[{name!r}]: expected uint8 of shape (height, width, 3), both sides at least {SIDE}, "
            f"got {array.dtype} of shape {array.shape}"
        )
    return array
