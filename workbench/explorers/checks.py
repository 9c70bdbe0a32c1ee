"""What an explorer refuses before it does any work."""

from __future__ import annotations

from mopoe import MoPoE, MultimodalBaseDataset


def check_model_and_data(model: MoPoE, dataset: MultimodalBaseDataset) -> None:
    """Raise unless the data are the model's.

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
