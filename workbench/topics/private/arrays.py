"""Private latents: where information lives, and what a swap of styles shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

#: Measure of :class:`PrivateStudy` → what it is.
MEASURES = {
    "coherence": "unseen views that show the right digit",
    "own_nats": "−ln p of a seen view, nats",
    "digit_in_shared": "digit read from z",
    "digit_in_private": "digit read from w",
    "background_in_shared": "R² of the background's colour from z",
    "background_in_private": "R² of the background's colour from w",
    "swap_follows_shared": "swaps that show the digit of z",
    "swap_follows_private": "swaps that show the digit of w",
}


@dataclass(frozen=True)
class PrivateStudy:
    """Models with private latents of different sizes, measured on test data.

    Attributes:
        private_dims: sizes of the private latent of each view.
        total: size of shared and private latent together.
        values: name in ``MEASURES`` → (private sizes, seeds), averaged over views; NaN where there is no w.
        chance: the share that guessing one digit reaches.
    """

    private_dims: list[int]
    total: int
    values: Mapping[str, np.ndarray]
    chance: float


@dataclass(frozen=True)
class StyleSwaps:
    """Pictures of one view made from the shared latent of one sample and the private latent of another.

    Attributes:
        modality: the view.
        contents: views of the samples that give z, (n, \\*dims).
        styles: views of the samples that give w, (k, \\*dims).
        pictures: (k, n, \\*dims), row by w, column by z.
        readings: what a classifier reads in each, (k, n).
        content_labels: digits of the samples that give z, (n,).
        style_labels: digits of those that give w, (k,).
    """

    modality: str
    contents: np.ndarray
    styles: np.ndarray
    pictures: np.ndarray
    readings: np.ndarray
    content_labels: np.ndarray
    style_labels: np.ndarray
