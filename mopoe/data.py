"""Multimodal data sets held in tensors: complete, or with modalities missing by masks."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset, default_collate
from torch.utils.data._utils.collate import default_collate_fn_map

from .masks import alike, read_masks, refuse_empty, without_nan
from .output import ModelOutput, read_entry
from .reading.labels import read_labels
from .reading.rows import read_index, require_same_rows
from .reading.tensors import countable, read_tensors
from .reading.unit_interval import UnitInterval, as_names, declared, kept_tensors, names_of_bytes


class Batch(ModelOutput):
    """``data`` (dict modality → tensor), ``labels`` (``None`` where absent), and ``masks`` where there are any."""

    def __getattr__(self, name: str) -> Any:
        if name == "masks" and self.get("masks") is None:
            raise AttributeError("no 'masks': nothing is missing")
        return self.get("labels") if name == "labels" else super().__getattr__(name)


class Sample(Batch):
    """One item of a data set: tensors without the batch axis."""


class MultimodalBaseDataset(Dataset):
    """Complete multimodal data.

    Args:
        data: modality name → (B, \\*dims of the modality), one length B for all: a tensor, an array, a list of
            arrays, a column or table of numbers of a data frame.
        labels: numbers (B, ...), or B strings, which become the numbers 0, 1, … of ``label_names``; or ``None``.
        label_names: what label 0, 1, … stands for; by default the strings that occur as labels, sorted.
        unit_interval: modalities of type uint8, such as photographs, that are kept as bytes and read as x / 255
            everywhere: in samples, batches, ``data`` and models.
        size_factors: modality of counts → (B,), how much of each sample was counted, such as its library size;
            positive, and best near 1. It multiplies the mean that the decoder gives.

    ``dataset[3]`` is one :class:`Sample`; ``dataset[2:5]``, ``dataset[[0, 7]]`` and
    ``dataset[boolean_tensor]`` are data sets of the same class.  ``hasattr(dataset, "masks")`` is true
    exactly where there are masks, of batches and samples too; :func:`masks_of` gives them or ``None``.

    Raises:
        TypeError: ``data`` is no dictionary, or holds something that is no array of numbers.
        ValueError: no modality, no sample, lengths that differ, tables whose rows have other names, or a label beyond
            ``label_names``; the message names them.
    """

    masks: dict[str, Tensor]
    size_factors: dict[str, Tensor]

    def __init__(
        self,
        data: Mapping[str, Any],
        labels: Any = None,
        *,
        label_names: Sequence[str] | None = None,
        unit_interval: str | Sequence[str] = (),
        size_factors: Mapping[str, Any] | None = None,
    ) -> None:
        read = {name: countable(x) for name, x in read_tensors(kept_tensors(data), "data").items()}
        require_same_rows(data=kept_tensors(data), labels=labels, size_factors=size_factors)
        lengths = {name: len(tensor) for name, tensor in read.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"data: expected one length for all modalities, got {lengths}")
        if 0 in lengths.values():
            raise ValueError(f"data: expected at least one sample, got {lengths}")
        self.data: Mapping[str, Tensor] = declared(read, [*as_names(unit_interval), *names_of_bytes(data)])
        self.labels: Tensor | None = None
        self.label_names = None if label_names is None else tuple(label_names)
        if labels is not None:
            self.labels, self.label_names = read_labels(labels, len(self), self.label_names)
        if size_factors is not None:
            self.size_factors = read_tensors(size_factors, "size_factors")
            check_size_factors(self.size_factors, self.modalities, len(self), positive=False)

    def __len__(self) -> int:
        return len(next(iter(kept_tensors(self.data).values())))

    def __getitem__(self, index: int | slice | Sequence[int] | Tensor) -> Any:
        if isinstance(index, Integral) or (
            isinstance(index, Tensor) and index.ndim == 0 and index.dtype != torch.bool
        ):
            i = int(index)
            if not -len(self) <= i < len(self):
                raise IndexError(f"index {i} is out of range for {len(self)} samples")
            fields = {
                name: _changed(value, lambda tensor: tensor[i]) for name, value in self._fields().items()
            }
            return Sample(fields | {"data": dict(fields["data"])})
        rows = read_index(index, len(self))
        return self._replaced(lambda tensor: tensor[rows])

    def __repr__(self) -> str:
        held = kept_tensors(self.data).items()
        shown = ", ".join(
            f"{name} {tuple(x.shape[1:])} {str(x.dtype).removeprefix('torch.')}" for name, x in held
        )
        return f"{type(self).__name__}({len(self)} samples: {shown})"

    def to(self, device: torch.device | str) -> MultimodalBaseDataset:
        """The same data on ``device``; ``self`` is left as it is."""
        return self._replaced(lambda tensor: tensor.to(device))

    @property
    def modalities(self) -> list[str]:
        """Names of the modalities, in order."""
        return list(self.data)

    @property
    def input_dims(self) -> dict[str, tuple[int, ...]]:
        """Shape of one sample of each modality: ready for ``MoPoEConfig(input_dims=...)``."""
        return {name: tuple(tensor.shape[1:]) for name, tensor in kept_tensors(self.data).items()}

    def _fields(self) -> dict[str, Any]:
        fields = {name: read_entry(self, name) for name in ("data", "labels", "masks", "size_factors")}
        return {name: value for name, value in fields.items() if value is not None}

    def _replaced(self, change: Any) -> MultimodalBaseDataset:
        other = copy.copy(self)
        for name, value in self._fields().items():
            setattr(other, name, _changed(value, change))
        return other


class IncompleteDataset(MultimodalBaseDataset):
    """Multimodal data with missing modalities, or missing entries of a modality.

    Args:
        data: as in :class:`MultimodalBaseDataset`; what stands under a missing entry never matters.
        masks: modality name → (B,), true where the modality was observed, or (B, \\*dims of the modality), or a shape
            that broadcasts to it, true where an entry was; bool, or 0/1 of any type. A modality without an
            observed entry counts as missing. ``None`` where ``missing`` says it all.
        labels: as in :class:`MultimodalBaseDataset`.
        missing: ``"nan"``: entries that are NaN were not observed.
        options: ``label_names``, ``unit_interval`` and ``size_factors``, as in :class:`MultimodalBaseDataset`.

    Raises:
        ValueError: as above, neither masks nor ``missing``, a mask of the wrong shape or values, or a sample without
            any modality.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        masks: Mapping[str, Any] | None = None,
        labels: Any = None,
        *,
        missing: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data, labels, **options)
        if masks is None and missing is None:
            raise ValueError("masks: expected masks, or missing='nan' for those that NaN marks, got neither")
        require_same_rows(data=kept_tensors(data), masks=masks)
        self.masks = masks_of_data(self.data, masks, missing)


def masks_of_data(
    data: Mapping[str, Tensor], masks: Mapping[str, Any] | None, missing: str | None
) -> dict[str, Tensor]:
    """What of ``data`` was observed, by ``masks`` and by ``missing``, as in :class:`IncompleteDataset`."""
    shapes = {name: tensor.shape for name, tensor in kept_tensors(data).items()}
    length = next(iter(shapes.values()))[0]
    if missing not in (None, "nan"):
        raise ValueError(f"missing: expected 'nan' or None, got {missing!r}")
    given = dict.fromkeys(data, torch.ones(length, dtype=torch.bool)) if masks is None else masks
    dims = {name: shape[1:] for name, shape in shapes.items()}
    read = read_masks(read_tensors(given, "masks"), dims, length)
    if missing is None:
        return read
    observed = {name: without_nan(mask, data[name]) for name, mask in read.items()}
    refuse_empty(observed)
    return observed


def collate(samples: Sequence[Mapping[str, Any]]) -> Batch:
    """Stack samples to a batch, as ``DataLoader`` does by itself with those of ours.

    Where some samples have masks, complete ones are observed everywhere; labels are kept where every sample has one.

    Raises:
        ValueError: size factors for some samples alone.
    """
    sized = [list(read_entry(sample, "size_factors") or {}) for sample in samples]
    other = next((place for place, names in enumerate(sized) if set(names) != set(sized[0])), None)
    if other is not None:
        raise ValueError(
            f"batch: expected size factors of {sized[0]} in every sample, as in the first, got "
            f"{sized[other]} at {other}"
        )
    fields = [dict(sample) for sample in samples]
    masked = [masks_of(sample) for sample in fields]
    if any(masked):
        for name in fields[0]["data"]:
            data = [sample["data"][name] for sample in fields]
            filled = alike([None if masks is None else masks[name] for masks in masked], data, 0)
            for sample, mask in zip(fields, filled, strict=True):
                sample["masks"] = {**(masks_of(sample) or {}), name: mask}
    if not all("labels" in sample for sample in fields):
        fields = [{name: value for name, value in sample.items() if name != "labels"} for sample in fields]
    return Batch(default_collate(fields))


# Torch's own way to say how samples of a class become a batch, for loaders without a ``collate_fn``.
default_collate_fn_map.update({Sample: lambda samples, *, collate_fn_map: collate(samples)})


def masks_of(inputs: Any) -> dict[str, Tensor] | None:
    """The masks of a data set, a batch or a sample; ``None`` where it is complete."""
    masks: dict[str, Tensor] | None = read_entry(inputs, "masks")
    return masks


def check_size_factors(
    size_factors: Mapping[str, Tensor], modalities: Sequence[str], length: int, positive: bool = True
) -> None:
    """Raise ``ValueError`` unless these are numbers, one a sample, of some of ``modalities``; ``positive`` ones."""
    for name, factors in size_factors.items():
        if name not in modalities:
            raise ValueError(f"size_factors: expected modalities among {list(modalities)}, got {name!r}")
        if tuple(factors.shape) != (length,):
            raise ValueError(
                f"size_factors[{name!r}]: expected shape ({length},), one number a sample, got {tuple(factors.shape)}"
            )
        if positive and not bool(((factors > 0) & torch.isfinite(factors)).all()):
            raise ValueError(
                f"size_factors[{name!r}]: expected positive numbers, got from {factors.min()} to {factors.max()}"
            )


def _changed(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(value, UnitInterval):
        return value.changed(change)
    return (
        {key: change(tensor) for key, tensor in value.items()} if isinstance(value, dict) else change(value)
    )
