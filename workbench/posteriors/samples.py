"""One sample of a data set, ready for a model and to be drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mopoe import MoPoE, MultimodalBaseDataset, Sample
from mopoe.data import masks_of
from mopoe.output import read_entry


def take_sample(model: MoPoE, dataset: MultimodalBaseDataset, number: int) -> Sample:
    """Sample ``number`` on the model's device, with masks and size factors as the model reads them.

    Masks hold single entries where some are missing, and what data tell of themselves: where a sequence has ended.
    What is missing has size 1.
    """
    item = Sample({name: _moved(value, model.device) for name, value in dataset[number].items()})
    read = model.read_inputs(item)
    if read.size_factors:
        item = Sample(item | {"size_factors": {name: size[0] for name, size in read.size_factors.items()}})
    if read.masks is None:
        return item
    masks = {name: read.entries.get(name, mask)[0] for name, mask in read.masks.items()}
    return Sample(item | {"masks": masks})


def swapped(item: Sample, other: Sample, name: str, number: int) -> Sample:
    """``item`` with the modality ``name`` of ``other``, which is sample ``number``, and all that belongs to it.

    Raises:
        ValueError: one of them lacks that modality.
    """
    for sample, what in ((item, "the sample"), (other, f"sample {number}")):
        if name not in present_modalities(sample):
            raise ValueError(f"swap: expected {name!r} in both samples, but {what} lacks it")
    found = Sample(item | {"data": {**item.data, name: other.data[name]}})
    masks, others = masks_of(item), masks_of(other)
    if masks is not None or others is not None:
        everything = {m: torch.ones((), dtype=torch.bool, device=x.device) for m, x in item.data.items()}
        found["masks"] = (masks or everything) | {name: (others or everything)[name]}
    if name in sizes_of(other):
        found["size_factors"] = {**sizes_of(item), name: sizes_of(other)[name]}
    return found


def present_modalities(item: Sample) -> list[str]:
    """The modalities of which a sample has anything, in order."""
    masks = masks_of(item)
    return [name for name in item.data if masks is None or bool(masks[name].any())]


def data_to_draw(model: MoPoE, item: Sample) -> dict[str, np.ndarray]:
    """A sample of :func:`take_sample` as arrays that look like the expected data beside which they are drawn.

    Returns:
        modality → (\\*dims), NaN where an entry is missing; ids of classes one-hot, (\\*dims, V), as their expected
        data are probabilities.
    """
    masks = masks_of(item) or {}
    drawn = {}
    for name in model.modalities:
        x, n_ids = item.data[name], model.likelihoods[name].n_ids
        seen = masks.get(name)
        if n_ids:
            ids = x.long() if seen is None else x.long().where(seen, 0)
            x = F.one_hot(ids, n_ids)
            seen = seen if seen is None else seen.reshape(*seen.shape, *[1] * (x.ndim - seen.ndim))
        values = to_numpy(x)
        drawn[name] = values if seen is None else np.where(seen.cpu().numpy(), values, np.nan)
    return drawn


def sizes_of(item: Any) -> dict[str, Tensor]:
    """Modality of counts → size factors of a sample or a batch: what is generated is to be counted as much."""
    return read_entry(item, "size_factors") or {}


def whole_label(label: Tensor | None) -> int | None:
    """The class of a sample; ``None`` where labels are no classes."""
    if label is None or label.ndim > 0 or label.is_floating_point():
        return None
    return int(label)


def label_in_words(dataset: MultimodalBaseDataset, label: int | None) -> str:
    """The class as a remark behind a sample, with its name if it has one, `` (label 2: owl)``; else empty."""
    if label is None:
        return ""
    names = dataset.label_names
    return f" (label {label})" if names is None else f" (label {label}: {names[label]})"


def to_numpy(tensor: Tensor) -> np.ndarray:
    """The tensor as an array of floats on the CPU."""
    return tensor.detach().float().cpu().numpy()


def _moved(value: Tensor | dict[str, Tensor], device: torch.device) -> Tensor | dict[str, Tensor]:
    if isinstance(value, dict):
        return {name: tensor.to(device) for name, tensor in value.items()}
    return value.to(device)
