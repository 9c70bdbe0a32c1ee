"""Throwing away what is not complete: the usual way out, to be compared with."""

from __future__ import annotations

import copy

import torch

from mopoe.data import masks_of
from mopoe.masks import all_observed
from mopoe.reading.parts import gathered

from ...datasets.base import MultimodalDataset


def complete_cases(dataset: MultimodalDataset) -> MultimodalDataset:
    """The samples of which nothing is missing, as complete data.

    Raises:
        ValueError: there is none.
    """
    dataset = gathered(dataset)
    masks = masks_of(dataset)
    if masks is None:
        return dataset
    whole = torch.stack([all_observed(mask) for mask in masks.values()]).all(0)
    if not bool(whole.any()):
        raise ValueError(f"complete_cases: expected some complete samples, got none among {len(dataset)}")
    kept = copy.copy(dataset[whole])
    del kept.masks
    return kept
