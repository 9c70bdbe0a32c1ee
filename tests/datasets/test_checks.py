"""Checks that all data sets and metrics share."""

from __future__ import annotations

import pytest
import torch

from mopoe import IncompleteDataset, MultimodalBaseDataset
from workbench.datasets.checks import require_complete

DATA = {"a": torch.zeros(3, 2), "b": torch.zeros(3, 4)}


def test_complete_data_may_have_masks() -> None:
    require_complete(MultimodalBaseDataset(DATA))
    require_complete(IncompleteDataset(DATA, {name: torch.ones(3, dtype=torch.bool) for name in DATA}))


def test_one_missing_entry_is_refused() -> None:
    masks = {"a": torch.ones(3, dtype=torch.bool), "b": torch.tensor([True, False, True])}
    with pytest.raises(ValueError, match="dataset: expected complete data, got missing entries"):
        require_complete(IncompleteDataset(DATA, masks))
