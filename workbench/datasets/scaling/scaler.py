"""A fitted scaler: data to the unit scale, predictions back to original numbers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self, TypeVar

import torch
from torch import Tensor

from mopoe import MultimodalBaseDataset
from mopoe.reading.parts import as_dataset
from mopoe.reading.unit_interval import declared, kept_tensors, names_of_bytes

from ..base import Splits
from .entries import by_pieces, entries_observed, mask_of, pieces
from .steps import Step, read_step

_Data = TypeVar("_Data")


class Scaler:
    r"""Maps each entry of some modalities to the unit scale, and back.

    :func:`workbench.datasets.scaling.fit_scaler` makes it.

    A density in original numbers is that of scaled ones times the slope of the map,

    .. math:: \ln p(x) = \ln p(y) + \sum_i \ln \frac{dy_i}{dx_i}

    over the entries i that were observed: for standardised ones the sum is :math:`-\sum_i \ln \sigma_i`.

    Args:
        dims: modality → shape of one sample, of all modalities.
        steps: modality → its steps in their order; of those that are scaled.
    """

    def __init__(self, dims: Mapping[str, Sequence[int]], steps: Mapping[str, Sequence[Step]]) -> None:
        self.dims = {name: tuple(shape) for name, shape in dims.items()}
        self.steps = {name: tuple(own) for name, own in steps.items()}

    def transform(self, data: _Data) -> _Data:
        """The same data, scaled.

        Args:
            data: a data set or part of one, a list of samples, splits, or modality → tensor or array,
                (\\*, \\*dims). Only the three data sets of splits change, and their ``truth`` is left out, as it
                speaks of original numbers.

        Returns:
            Of the same class (a part is a data set then), with the same labels and masks. What was integers is
            floating-point numbers, and under a mask stands what 0 becomes.

        Raises:
            TypeError: anything else.
            ValueError: other modalities or shapes than those of the data that the scaler was fitted on.
        """
        return self._changed(data, "transform", lambda step, x: step.transform(x))

    def inverse_transform(self, data: _Data) -> _Data:
        """Scaled data or predictions in original numbers; see :meth:`transform`. Gradients pass through."""
        return self._changed(data, "inverse_transform", lambda step, x: step.inverse_transform(x))

    def log_jacobian(self, dataset: MultimodalBaseDataset) -> dict[str, Tensor]:
        """What is added to ln p of scaled data for that of original ones.

        Args:
            dataset: in original numbers.

        Returns:
            Modality → nats, (B,) in float64, summed over the entries that were observed; 0 for a modality that is
            not scaled. ln p of a set of modalities takes the sum over the set.

        Raises:
            TypeError, ValueError: as :meth:`transform`.
        """
        dataset = as_dataset(dataset)
        self._check_dataset("log_jacobian", dataset)
        slopes = {}
        for name, x in dataset.data.items():
            parts = []
            for part, seen in pieces(x, mask_of(dataset, name), self.dims[name]):
                total, at = torch.zeros_like(part), part
                for step in self.steps.get(name, ()):
                    total, at = total + step.log_slope(at), step.transform(at)
                parts.append(
                    total.where(seen, 0).flatten(1).sum(1) if part.ndim > 1 else total.where(seen, 0)
                )
            slopes[name] = torch.cat(parts)
        return slopes

    def to_dict(self) -> dict[str, Any]:
        """All that it learned, ready for JSON."""
        steps = {name: [step.written() for step in own] for name, own in self.steps.items()}
        return {"dims": {name: list(shape) for name, shape in self.dims.items()}, "steps": steps}

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> Self:
        """The scaler that :meth:`to_dict` wrote, to the last bit.

        Raises:
            ValueError: something that is no such dictionary.
        """
        if set(written) != {"dims", "steps"} or not set(written["steps"]) <= set(written["dims"]):
            raise ValueError(f"scaler: expected 'dims' and the 'steps' of some of them, got {list(written)}")
        steps = {name: [read_step(step) for step in own] for name, own in written["steps"].items()}
        for name, own in steps.items():
            for step in own:
                step.transform(torch.zeros(tuple(written["dims"][name]), dtype=torch.float64))
        return cls(written["dims"], steps)

    def __repr__(self) -> str:
        words = {name: " then ".join(map(str, own)) for name, own in self.steps.items()}
        return f"Scaler({', '.join(f'{name}: {word}' for name, word in words.items()) or 'nothing'})"

    def _changed(self, data: Any, method: str, change: Callable[[Step, Tensor], Tensor]) -> Any:
        def change_all(name: str, x: Tensor, mask: Tensor | None) -> Tensor:
            steps = self.steps.get(name, ())
            if not steps:
                return x

            def through(part: Tensor) -> Tensor:
                for step in steps if method == "transform" else reversed(steps):
                    part = change(step, part)
                return part

            if mask is not None and method == "transform":
                x = x.where(entries_observed(x, mask) | x.isnan(), 0)
            return by_pieces(through, x, self.dims[name])

        if isinstance(data, Splits):
            parts = {
                split: self._changed(getattr(data, split), method, change)
                for split in ("train", "validation", "test")
            }
            return replace(data, **parts, truth=None)
        if isinstance(data, Mapping):
            tensors = {name: torch.as_tensor(x) for name, x in data.items()}
            self._check(method, {name: tuple(x.shape) for name, x in tensors.items()})
            return {name: change_all(name, x, None) for name, x in tensors.items()}
        data = as_dataset(data)
        self._check_dataset(method, data)
        kept, as_bytes = (
            kept_tensors(data.data),
            [n for n in names_of_bytes(data.data) if n not in self.steps],
        )
        tensors = {
            name: change_all(name, data.data[name], mask_of(data, name)) if name in self.steps else x
            for name, x in kept.items()
        }
        changed = copy.copy(data)
        changed.data = declared(tensors, as_bytes)
        return changed

    def _check_dataset(self, method: str, data: MultimodalBaseDataset) -> None:
        self._check(method, {name: (len(data), *dims) for name, dims in data.input_dims.items()})

    def _check(self, method: str, shapes: Mapping[str, tuple[int, ...]]) -> None:
        for name, shape in shapes.items():
            if name not in self.dims:
                raise ValueError(
                    f"{method}: expected the modalities {list(self.dims)} that the scaler was fitted on, got {name!r}"
                )
            dims = self.dims[name]
            if shape[len(shape) - len(dims) :] != dims or len(shape) < len(dims):
                raise ValueError(
                    f"{method}: modality {name!r}: expected shape (..., {', '.join(map(str, dims))}) as the scaler "
                    f"was fitted on, got {shape}"
                )
