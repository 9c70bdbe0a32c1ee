"""Reading whatever people hand to a model: a data set, a batch, one item, or a dictionary of tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .data import MultimodalBaseDataset, Sample, first_indices, masks_of, read_masks
from .likelihoods import Likelihood
from .output import read_entry
from .reading.parts import as_dataset, is_collection
from .reading.tensors import read_tensor


@dataclass(frozen=True)
class Inputs:
    """Checked inputs: data (B, \\*dims) by modality; ``masks`` (B,) boolean by modality, or ``None``.

    Missing entries hold a row that was observed in the same batch, so that they are in every support and no
    network meets a value it was not made for (zeros where no row was); nothing downstream may let them matter.
    """

    data: dict[str, Tensor]
    masks: dict[str, Tensor] | None

    @property
    def length(self) -> int:
        """B."""
        return len(next(iter(self.data.values())))

    def observed(self, modalities: Sequence[str]) -> Tensor | None:
        """(M, B) boolean in the order of ``modalities``; ``None`` where everything was observed."""
        return None if self.masks is None else torch.stack([self.masks[name] for name in modalities])

    def require_observed(self, names: Sequence[str], what: str) -> None:
        """Refuse samples that lack some of ``names``; the message names the argument ``what`` and the samples."""
        observed = self.observed(names)
        lacking = None if observed is None else ~observed.all(0)
        if lacking is not None and bool(lacking.any()):
            raise ValueError(
                f"{what}: expected {list(names)} to be observed in every sample, but samples "
                f"{first_indices(lacking)} lack some of them; leave those out, or pass "
                "ignore_incomplete=True to encode or predict"
            )

    def alone(self, names: Sequence[str], modalities: Sequence[str]) -> Inputs:
        """Only the modalities ``names``; all others of ``modalities`` count as unobserved."""
        first = next(iter(self.data.values()))
        everywhere = torch.ones(len(first), dtype=torch.bool, device=first.device)
        masks = {name: everywhere if self.masks is None else self.masks[name] for name in names}
        unseen = {name: ~everywhere for name in modalities if name not in names}
        return Inputs({name: self.data[name] for name in names}, masks | unseen)

    def rows(self, start: int, stop: int) -> Inputs:
        """A slice of the batch."""
        masks = self.masks and {name: mask[start:stop] for name, mask in self.masks.items()}
        return Inputs({name: tensor[start:stop] for name, tensor in self.data.items()}, masks)


@dataclass(frozen=True)
class InputReader:
    """Reads inputs for one model: knows its modalities, their shapes and their likelihoods."""

    modalities: list[str]
    input_dims: Mapping[str, Sequence[int]] | None
    likelihoods: dict[str, Likelihood]

    def read(
        self,
        inputs: Any,
        dtype: torch.dtype | None,
        device: torch.device | None,
        required: Sequence[str] | None = None,
        check_support: bool = False,
    ) -> Inputs:
        """Checked tensors of the ``required`` modalities (all by default), with a batch axis.

        Raises:
            TypeError: no tensors, or a type of number that the likelihood cannot explain.
            ValueError: a wrong modality, shape, length, mask, device, or a target outside its support.
        """
        inputs = as_dataset(inputs) if is_collection(inputs) else inputs
        data, masks = _split(inputs)
        required = self.modalities if required is None else required
        self._check_names(data, required)
        given = set(data)
        single = self._is_single(inputs, data, masks)
        data = {name: data[name][None] if single else data[name] for name in required}
        for name, tensor in data.items():
            self._check_tensor(name, tensor, device)
        lengths = {name: len(tensor) for name, tensor in data.items()}
        if len(set(lengths.values())) > 1 or 0 in lengths.values():
            raise ValueError(f"inputs: expected one length >= 1 for all modalities, got {lengths}")
        if masks is not None:
            masks = {name: torch.atleast_1d(mask).to(device) for name, mask in masks.items()}
            unseen = torch.zeros(next(iter(lengths.values())), dtype=torch.bool, device=device)
            absent = [name for name in self.modalities if name not in masks and name not in given]
            masks |= dict.fromkeys(absent, unseen)
            masks = read_masks(masks, self.modalities, next(iter(lengths.values())))
        if check_support:
            for name, tensor in data.items():
                seen = tensor if masks is None else tensor[masks[name]]
                if len(seen):
                    self.likelihoods[name].check(seen, name)
        data = {name: self._cast(name, tensor, dtype) for name, tensor in data.items()}
        if masks is not None:
            data = {name: _fill_missing(tensor, masks[name]) for name, tensor in data.items()}
        return Inputs(data, masks)

    def _check_names(self, data: Mapping[str, Any], required: Sequence[str]) -> None:
        unknown = [name for name in data if name not in self.modalities]
        if unknown:
            raise ValueError(
                f"inputs: expected the modalities {self.modalities}, got {unknown[0]!r} among {list(data)}"
            )
        lacking = [name for name in required if name not in data]
        if lacking:
            raise ValueError(
                f"inputs: expected the modalities {list(required)}, got none called {lacking[0]!r}"
            )
        for name, tensor in data.items():
            if not isinstance(tensor, Tensor):
                raise TypeError(f"inputs[{name!r}]: expected a tensor, got {type(tensor).__name__}")

    def _is_single(self, inputs: Any, data: Mapping[str, Tensor], masks: Mapping[str, Tensor] | None) -> bool:
        if isinstance(inputs, Sample) or (masks and all(mask.ndim == 0 for mask in masks.values())):
            return True
        if isinstance(inputs, MultimodalBaseDataset):
            return False
        dims = self.input_dims
        return dims is not None and all(tuple(tensor.shape) == dims[name] for name, tensor in data.items())

    def _check_tensor(self, name: str, tensor: Tensor, device: torch.device | None) -> None:
        if self.input_dims is not None and tuple(tensor.shape[1:]) != self.input_dims[name]:
            raise ValueError(
                f"modality {name!r}: expected shape (B, {', '.join(map(str, self.input_dims[name]))}), "
                f"got {tuple(tensor.shape)}"
            )
        integers = self.likelihoods[name].accepts_integers
        if tensor.is_complex() or not (tensor.is_floating_point() or integers):
            raise TypeError(
                f"modality {name!r}: expected floating-point numbers, got {tensor.dtype}; "
                "convert it, for images for example by x.float() / 255"
            )
        if device is not None and tensor.device != device:
            raise ValueError(
                f"modality {name!r}: expected a tensor on {device} as the model, got {tensor.device}"
            )

    def _cast(self, name: str, tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
        kept = self.likelihoods[name].keeps_integers and not tensor.is_floating_point()
        return tensor if kept or dtype is None else tensor.to(dtype)


def chosen_modalities(names: str | Sequence[str], modalities: Sequence[str], what: str) -> list[str]:
    """Those of a model's ``modalities`` that ``names`` asks for, in its order.

    Args:
        names: ``"all"``, a modality or a list of them.
        modalities: the model's.
        what: name of the argument, for messages.

    Raises:
        ValueError: no names, or an unknown one.
    """
    if isinstance(names, str):
        names = modalities if names == "all" else [names]
    if not isinstance(names, Sequence) or not names:
        raise ValueError(f"{what}: expected 'all', a modality or a list of them, got {names!r}")
    unknown = [name for name in names if name not in modalities]
    if unknown:
        raise ValueError(f"{what}: expected 'all' or modalities among {list(modalities)}, got {unknown[0]!r}")
    return [name for name in modalities if name in names]


def _split(inputs: Any) -> tuple[dict[str, Any], dict[str, Tensor] | None]:
    data = read_entry(inputs, "data")
    masks = masks_of(inputs) if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping):
        data = inputs
    if not isinstance(data, Mapping) or not data:
        raise TypeError(
            f"inputs: expected a data set, a batch, a sample or a dict of tensors, got {type(inputs).__name__}"
        )
    if masks is not None and not isinstance(masks, Mapping):
        raise TypeError(f"masks: expected a dict of modality to mask, got {type(masks).__name__}")
    if masks is None:
        return dict(data), None
    return dict(data), {name: read_tensor(mask, f"masks[{name!r}]") for name, mask in masks.items()}


def _fill_missing(tensor: Tensor, mask: Tensor) -> Tensor:
    stand_in = torch.where(mask.any(), tensor[mask.int().argmax()], tensor.new_zeros(()))
    return torch.where(mask.reshape(-1, *[1] * (tensor.ndim - 1)), tensor, stand_in)
