"""Handwritten digits as strokes: the 1,797 that ship with scikit-learn, enlarged to 28 × 28."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .checks import stream

SIDE = 28
DIGIT_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

SPLITS = ("train", "validation", "test")
# Share of the embedded drawings of each class in each split.
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}

# Embedded drawings are held on a grid four times finer than a picture, so that a moved picture is a look-up.
FINE = 4
ZOOM = 3
# Just under one half of full ink: a plateau at exactly one half must not hang on rounding.
INK = 0.49

# Ranges of the small random affine: radians, factors, a shear, pixels.
ROTATION, SCALE, SHEAR, SHIFT = 0.2, (0.9, 1.1), 0.15, 2.0
# Pictures moved at once: what is held on the way stays under 0.2 GB.
CHUNK = 4096


@dataclass(frozen=True)
class Drawings:
    """Binary drawings of digits.

    Attributes:
        strokes: true on the stroke, (N, side, side) with a side of 28 or of a multiple of it.
        labels: the digit, (N,) int64.
        jitter: whether :meth:`pictures` moves each drawing by a small random affine.
    """

    strokes: np.ndarray
    labels: np.ndarray
    jitter: bool

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, which: np.ndarray) -> Drawings:
        return Drawings(self.strokes[which], self.labels[which], self.jitter)

    def pictures(self, which: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The drawings ``which`` (n,) as pictures, (n, 28, 28) bool, moved by ``rng`` if ``jitter``."""
        if not self.jitter:
            return self.strokes[which]
        moves = _random_moves(len(which), rng)
        pictures = np.empty((len(which), SIDE, SIDE), bool)
        for start in range(0, len(which), CHUNK):
            part = slice(start, start + CHUNK)
            rows, columns = (_fine_index(x, self.strokes.shape[-1]) for x in _pixel_origins(moves[:, part]))
            pictures[part] = self.strokes[which[part, None, None], rows, columns]
        return pictures


def embedded_drawings(seed: int = 0) -> dict[str, Drawings]:
    """scikit-learn's digits in three splits that share no drawing, 70, 10 and 20 % of every class.

    The 8 × 8 grey drawings are enlarged by cubic splines to 24 × 24 pixels, cut at half ink, and set on a
    margin of two pixels.  The split comes first and the random affine later, at :meth:`Drawings.pictures`:
    no picture of a test drawing, however moved, is ever seen in training.
    """
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits

    raw = load_digits()
    small = raw.images / 16.0
    # The spline is linear and acts on rows and columns alike: one matrix, (96, 8), enlarges all drawings.
    enlarge = zoom(np.eye(8), (ZOOM * FINE, 1), order=3, mode="grid-constant", grid_mode=True)
    fine = enlarge @ small @ enlarge.T > INK
    margin = (SIDE * FINE - fine.shape[-1]) // 2
    strokes = np.pad(fine, ((0, 0), (margin, margin), (margin, margin)))
    drawings = Drawings(strokes, raw.target.astype(np.int64), jitter=True)
    parts = split_by_class(drawings.labels, SHARES, stream(seed, "digits", "split"))
    return {split: drawings[which] for split, which in parts.items()}


def split_by_class(
    labels: np.ndarray, shares: Mapping[str, float], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Positions of ``labels`` (N,) in disjoint parts that cover all, each with its share of every class."""
    edges = np.cumsum(list(shares.values()))[:-1]
    parts: dict[str, list[np.ndarray]] = {name: [] for name in shares}
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        cuts = np.rint(edges * len(members)).astype(int)
        for name, part in zip(shares, np.split(members, cuts), strict=True):
            parts[name].append(part)
    return {name: np.sort(np.concatenate(part)) for name, part in parts.items()}


def _random_moves(n: int, rng: np.random.Generator) -> np.ndarray:
    """Angle, scale, shear, shift down and shift right of n pictures, (5, n)."""
    return np.stack(
        [
            rng.uniform(-ROTATION, ROTATION, n),
            rng.uniform(*SCALE, n),
            rng.uniform(-SHEAR, SHEAR, n),
            rng.uniform(-SHIFT, SHIFT, n),
            rng.uniform(-SHIFT, SHIFT, n),
        ]
    )


def _pixel_origins(moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel of a moved picture comes from: rows and columns, each (n, 28, 28), in pixels."""
    angle, scale, shear, down, right = moves[..., None, None]
    centre = SIDE / 2
    pixel = np.arange(SIDE) + 0.5 - centre
    row, column = pixel[:, None] - down, pixel - right
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    column = column + shear * row
    return cos * row - sin * column + centre, sin * row + cos * column + centre


def _fine_index(position: np.ndarray, side: int) -> np.ndarray:
    # Beyond the edge there is only margin, so the nearest edge pixel is right.
    return np.clip(np.floor(position * (side / SIDE)), 0, side - 1).astype(np.intp)
