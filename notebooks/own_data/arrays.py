"""The arrays that the lesson starts from: drawings of digits, measurements of them, and their names."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

COLUMNS = ("ink", "right", "down", "width", "height", "slant")
ALPHABET = " efghinorstuvwxz"
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LENGTH = 5


def read_drawings() -> tuple[np.ndarray, np.ndarray]:
    """1,797 drawings as counts of black dots, (1797, 8, 8) from 0 to 16, and the digits, (1797,)."""
    digits = load_digits()
    return digits.images.astype(np.float32), digits.target.astype(np.int64)


def measure(drawings: np.ndarray) -> np.ndarray:
    """One row a drawing, (N, 6): all dots; the ink's centre; its spread each way; its slant (a correlation)."""
    ink = drawings.sum((1, 2))
    share = drawings / ink[:, None, None]
    place = np.arange(8.0)
    right, down = share.sum(1) @ place, share.sum(2) @ place
    off_right, off_down = place - right[:, None], place - down[:, None]
    width = np.sqrt((share.sum(1) * off_right**2).sum(1))
    height = np.sqrt((share.sum(2) * off_down**2).sum(1))
    together = np.einsum("nij,ni,nj->n", share, off_down, off_right)
    return np.stack([ink, right, down, width, height, together / (width * height)], 1)


def slip(table: np.ndarray, rate: float, seed: int) -> np.ndarray:
    """A copy with a share ``rate`` of its entries typed with the point one place too far to the right."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(table.shape) < rate, 10 * table, table)


def spell(labels: np.ndarray) -> np.ndarray:
    """Names of digits as one-hot letters, (N, 5, 16)."""
    letters = [[ALPHABET.index(letter) for letter in WORDS[label].ljust(LENGTH)] for label in labels]
    return np.eye(len(ALPHABET), dtype=np.float32)[letters]


def read_word(letters: np.ndarray) -> str:
    """The likeliest letter at each place, (5, 16), as a word."""
    return "".join(ALPHABET[i] for i in np.asarray(letters).argmax(-1)).strip()
