"""One sample of a data set, ready for a model."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mopoe import MultimodalBaseDataset, Sample
from mopoe.data import masks_of


def take_sample(dataset: MultimodalBaseDataset, number: int, device: torch.device) -> Sample:
    """Sample ``number`` on ``device``."""
    fields = dataset[number]
    return Sample({name: _moved(value, device) for name, value in fields.items()})


def swapped(item: Sample, other: Sample, name: str, number: int) -> Sample:
    """``item`` with the modality ``name`` of ``other``, which is sample ``number``.

    Raises:
        ValueError: one of them lacks that modality.
    """
    for sample, what in ((item, "the sample"), (other, f"sample {number}")):
        if name not in present_modalities(sample):
            raise ValueError(f"swap: expected {name!r} in both samples, but {what} lacks it")
    return Sample(item | {"data": {**item.data, name: other.data[name]}})


def present_modalities(item: Sample) -> list[str]:
    """The modalities that a sample has, in order."""
    masks = masks_of(item)
    return [name for name in item.data if masks is None or bool(masks[name])]


def whole_label(label: Tensor | None) -> int | None:
    """The class of a sample; ``None`` where labels are no classes."""
    if label is None or label.ndim > 0 or label.is_floating_point():
        return None
    return int(label)


def to_numpy(tensor: Tensor) -> np.ndarray:
    """The tensor as an array of floats on the CPU."""
    return tensor.detach().float().cpu().numpy()


def _moved(value: Tensor | dict[str, Tensor], device: torch.device) -> Tensor | dict[str, Tensor]:
    if isinstance(value, dict):
        return {name: tensor.to(device) for name, tensor in value.items()}
    return value.to(device)
