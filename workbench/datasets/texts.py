"""Names of digits as one-hot characters, and one-hot characters as strings."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .digits import DIGIT_NAMES

TEXT_LENGTH = 8
ALPHABET = " abcdefghijklmnopqrstuvwxyz"


def written_names(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Names of the digits ``labels`` (n,) as one-hot characters, (n, 8, 27) float32, at random places in blanks."""
    room = np.array([TEXT_LENGTH - len(name) + 1 for name in DIGIT_NAMES])
    # All (digit, start) texts, once; a sample is a row of this table.
    table = np.zeros((len(DIGIT_NAMES), int(room.max()), TEXT_LENGTH), np.int64)
    for digit, name in enumerate(DIGIT_NAMES):
        for start in range(room[digit]):
            table[digit, start, start : start + len(name)] = [ALPHABET.index(letter) for letter in name]
    starts = rng.integers(room[labels])
    return np.eye(len(ALPHABET), dtype=np.float32)[table[labels, starts]]


def text_to_string(text: Tensor | np.ndarray) -> str | list[str]:
    """The likeliest character at each place, blanks at the ends removed; □ where something of it is missing, NaN.

    Args:
        text: one-hot characters, probabilities or logits, (8, 27) or (B, 8, 27).

    Returns:
        A string, or a list of B strings.

    Raises:
        ValueError: another shape.
    """
    text = torch.as_tensor(text)
    if text.ndim not in (2, 3) or text.shape[-1] != len(ALPHABET):
        raise ValueError(
            f"text_to_string: expected shape (length, {len(ALPHABET)}) or (B, length, {len(ALPHABET)}), "
            f"got {tuple(text.shape)}"
        )
    places = text.argmax(-1).where(~text.isnan().any(-1), len(ALPHABET)).tolist()
    if text.ndim == 3:
        return [_string(row) for row in places]
    return _string(places)


def _string(places: list[int]) -> str:
    return "".join((ALPHABET + "□")[i] for i in places).strip()
