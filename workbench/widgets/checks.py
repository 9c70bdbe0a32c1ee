"""What an explorer refuses before it does any work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mopoe import MoPoE, MultimodalBaseDataset


def check_model_and_data(
    model: MoPoE, dataset: MultimodalBaseDataset, **by_modality: Mapping[str, Any] | None
) -> None:
    """Raise unless the data are the model's.

    Args:
        model: any.
        dataset: must have its modalities, in any order.
        by_modality: arguments that hold something for some of the modalities, such as ``texts``.

    Raises:
        TypeError: no model or no data set.
        ValueError: other modalities than the model's.
    """
    if not isinstance(model, MoPoE):
        raise TypeError(f"model: expected a MoPoE, got {type(model).__name__}")
    if not isinstance(dataset, MultimodalBaseDataset):
        raise TypeError(f"dataset: expected a MultimodalBaseDataset, got {type(dataset).__name__}")
    if set(dataset.modalities) != set(model.modalities):
        raise ValueError(
            f"dataset: expected the model's modalities {model.modalities}, got {dataset.modalities}"
        )
    for argument, values in by_modality.items():
        unknown = [name for name in values or {} if name not in model.modalities]
        if unknown:
            raise ValueError(f"{argument}: expected modalities among {model.modalities}, got {unknown[0]!r}")
