"""Data on which a small model learns something visible within a minute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from torch.nn.functional import avg_pool2d

from ...datasets.base import MultimodalDataset, Splits
from ...datasets.polydigits import polydigits

# Plain papers instead of photographs: digits are then all that there is to learn.
PAPERS = {"paper": (245, 245, 240), "sky": (40, 110, 180), "board": (35, 45, 40)}


def digits_on_paper(n_train: int = 2000, n_test: int = 300, seed: int = 0) -> Splits:
    """Three drawings of one digit, each on a paper of its own colour: (3, 14, 14), half the usual size."""
    papers = {name: np.full((64, 64, 3), colour, np.uint8) for name, colour in PAPERS.items()}
    full = polydigits(n_train=n_train, n_validation=1, n_test=n_test, seed=seed, photographs=papers)
    train, validation, test = (_halved(split) for split in full)
    return replace(full, train=train, validation=validation, test=test)


def _halved(data: MultimodalDataset) -> MultimodalDataset:
    return MultimodalDataset(
        {name: avg_pool2d(pictures, 2) for name, pictures in data.data.items()},
        data.labels,
        name="digits on paper",
        label_names=data.label_names,
    )
