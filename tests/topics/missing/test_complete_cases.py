"""Complete samples of incomplete data."""

from __future__ import annotations

import pytest
import torch

from workbench.datasets import hide_modalities
from workbench.datasets.base import MultimodalDataset
from workbench.topics.missing.complete_cases import complete_cases


def data(n: int) -> MultimodalDataset:
    values = torch.arange(n).float()[:, None]
    return MultimodalDataset({"a": values, "b": values + 100}, torch.arange(n))


def test_exactly_the_samples_without_a_gap_are_kept() -> None:
    hidden = hide_modalities(data(50), 0.4, seed=0)
    assert hasattr(hidden, "masks")
    whole = [i for i in range(50) if hidden.masks["a"][i] and hidden.masks["b"][i]]
    kept = complete_cases(hidden)
    assert 0 < len(whole) < 50
    assert not hasattr(kept, "masks") and hasattr(hidden, "masks")
    assert kept.labels is not None and kept.labels.tolist() == whole
    assert kept.data["b"].flatten().tolist() == [i + 100 for i in whole]


def test_complete_data_stay_as_they_are() -> None:
    whole = data(3)
    assert complete_cases(whole) is whole


def test_none_left_is_an_error() -> None:
    masks = {"a": torch.tensor([True, False]), "b": torch.tensor([False, True])}
    lost = MultimodalDataset(data(2).data, masks=masks)
    with pytest.raises(ValueError, match="none among 2"):
        complete_cases(lost)
