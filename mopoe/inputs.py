"""Reading whatever people hand to a model: a data set, a batch, one item, or a dictionary of tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from .checks import first_indices
from .data import MultimodalBaseDataset, Sample, check_size_factors
from .likelihoods import Likelihood
from .masks import any_observed, both, filled_samples, read_masks, refuse_empty
from .reading.given import Given, read_given
from .reading.parts import gathered


@dataclass(frozen=True)
class Inputs:
    """Checked inputs: data (B, \\*dims) by modality, and what of them was observed.

    What is missing holds something that was observed in the same batch, or zeros where these are in the support: so
    no density and no network meets a value it was not made for, and nothing downstream may let it matter.

    Attributes:
        data: modality → (B, \\*dims).
        masks: modality → (B,) boolean, whether anything of it was observed; ``None`` where everything was.
        entries: modality → (B, \\*dims) boolean, which entries were observed; only where single ones may be missing.
        size_factors: modality → (B,), the size of each sample, such as its library size; only where given.
    """

    data: dict[str, Tensor]
    masks: dict[str, Tensor] | None
    entries: dict[str, Tensor] = field(default_factory=dict)
    size_factors: dict[str, Tensor] = field(default_factory=dict)

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
        return replace(self, data={name: self.data[name] for name in names}, masks=masks | unseen)

    def rows(self, start: int, stop: int) -> Inputs:
        """A slice of the batch."""

        def cut(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
            return {name: tensor[start:stop] for name, tensor in tensors.items()}

        masks = None if self.masks is None else cut(self.masks)
        return Inputs(cut(self.data), masks, cut(self.entries), cut(self.size_factors))


@dataclass(frozen=True)
class InputReader:
    """Reads inputs for one model: knows its modalities, their shapes and their likelihoods."""

    modalities: list[str]
    input_dims: Mapping[str, Sequence[int]] | None
    likelihoods: Mapping[str, Likelihood]

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
        inputs = gathered(inputs)
        given = read_given(inputs)
        required = self.modalities if required is None else required
        self._check_names(given.data, required)
        single = self._is_single(inputs, given.data, given.masks)
        data = {name: given.data[name][None] if single else given.data[name] for name in required}
        for name, tensor in data.items():
            self._check_tensor(name, tensor, device)
        lengths = {name: len(tensor) for name, tensor in data.items()}
        if len(set(lengths.values())) > 1 or 0 in lengths.values():
            raise ValueError(f"inputs: expected one length >= 1 for all modalities, got {lengths}")
        length = next(iter(lengths.values()))
        masks, entries = self._read_masks(given, single, length, device)
        size_factors = self._read_size_factors(given, single, length, masks, device)
        for name, tensor in data.items():
            likelihood = self.likelihoods[name]
            if name in entries:
                data[name] = likelihood.filled(tensor, entries[name])
            elif masks is not None:
                data[name] = filled_samples(tensor, masks[name])
            if (check_support or _indexes(likelihood, tensor)) and (masks is None or bool(masks[name].any())):
                _check_support(likelihood, data[name], entries.get(name), name)
        data = {name: self._cast(name, tensor, dtype) for name, tensor in data.items()}
        if check_support:
            check_size_factors(size_factors, self.modalities, length)
        entries = {name: mask for name, mask in entries.items() if name in data}
        return Inputs(data, masks, entries, {name: x for name, x in size_factors.items() if name in data})

    def size_factors_of(
        self, inputs: Any, device: torch.device | None, names: Sequence[str]
    ) -> dict[str, Tensor]:
        """Sizes of the samples by modality, (B,), of those of ``names`` that have them; 1 where one is missing."""
        given = read_given(inputs)
        if not given.size_factors:
            return {}
        single = self._is_single(inputs, given.data, given.masks)
        length = 1 if single else len(next(iter(given.data.values())))
        masks, _ = self._read_masks(given, single, length, device)
        read = self._read_size_factors(given, single, length, masks, device)
        check_size_factors(read, self.modalities, length)
        return {name: read[name] for name in names if name in read}

    def _read_size_factors(
        self,
        given: Given,
        single: bool,
        length: int,
        masks: Mapping[str, Tensor] | None,
        device: torch.device | None,
    ) -> dict[str, Tensor]:
        """Modality → (B,), 1 where it is missing."""
        read = {name: (x[None] if single else x).to(device) for name, x in given.size_factors.items()}
        check_size_factors(read, self.modalities, length, positive=False)
        for name in read:
            require_counts(self.likelihoods[name], name)
        return read if masks is None else {name: x.where(masks[name], 1) for name, x in read.items()}

    def _read_masks(
        self, given: Given, single: bool, length: int, device: torch.device | None
    ) -> tuple[dict[str, Tensor] | None, dict[str, Tensor]]:
        """Modality → (B,), whether anything was observed; modality → (B, \\*dims), which entries, if single ones."""
        data = {name: tensor[None] if single else tensor for name, tensor in given.data.items()}
        told = {name: self.likelihoods[name].observed_entries(tensor) for name, tensor in data.items()}
        if given.masks is None and all(entries is None for entries in told.values()):
            return None, {}
        everywhere = torch.ones(length, dtype=torch.bool, device=device)
        if given.masks is None:
            masks = {name: everywhere if name in data else ~everywhere for name in self.modalities}
        else:
            masks = {name: ~everywhere for name in self.modalities if name not in data}
            for name, mask in given.masks.items():
                masks[name] = (mask[None] if single and tuple(mask.shape) != (1,) else mask).to(device)
        dims = {name: data[name].shape[1:] if name in data else self._dims(name) for name in self.modalities}
        masks = read_masks(masks, dims, length)
        entries = {}
        for name, mask in masks.items():
            shown = told.get(name)
            mask = mask if shown is None else both(mask, shown)
            if mask.ndim > 1:
                entries[name] = self.likelihoods[name].whole_events(mask)
                masks[name] = any_observed(entries[name])
        refuse_empty(masks)
        return masks, entries

    def _dims(self, name: str) -> Sequence[int] | None:
        return None if self.input_dims is None else self.input_dims[name]

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
                "convert it by x.float(); bytes of images by x.float() / 255, or by unit_interval of a data set"
            )
        if device is not None and tensor.device != device:
            raise ValueError(
                f"modality {name!r}: expected a tensor on {device} as the model, got {tensor.device}"
            )

    def _cast(self, name: str, tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
        if self.likelihoods[name].n_ids:
            return tensor.long()
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


def require_counts(likelihood: Likelihood, name: str) -> None:
    """Raise ``ValueError`` if the modality ``name`` has size factors and a likelihood that knows none."""
    if not likelihood.takes_size:
        raise ValueError(
            f"size_factors[{name!r}]: expected a likelihood of counts, such as 'poisson', got {str(likelihood)!r}"
        )


def _indexes(likelihood: Likelihood, data: Tensor) -> bool:
    """Whether data point into tables of weights, where one that points beyond must be told before.

    Inside a CUDA graph nothing can be asked of data.
    """
    return likelihood.n_ids > 0 and not (data.is_cuda and torch.cuda.is_current_stream_capturing())


def _check_support(likelihood: Likelihood, data: Tensor, entries: Tensor | None, name: str) -> None:
    try:
        if entries is None:
            likelihood.check(data)
        else:
            likelihood.check_observed(data, entries)
    except ValueError as error:
        raise ValueError(f"modality {name!r}: {error}") from error
