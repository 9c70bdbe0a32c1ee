"""Multimodal data with a name, and the three splits that every data set comes in."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from mopoe.data import MultimodalBaseDataset, masks_of, masks_of_data
from mopoe.display import html_table
from mopoe.likelihoods import make_likelihood
from mopoe.output import read_entry
from mopoe.reading.parts import as_dataset


class MultimodalDataset(MultimodalBaseDataset):
    """Multimodal data, complete or with modalities missing, that can say what they are.

    Args:
        data: as in :class:`mopoe.MultimodalBaseDataset`.
        labels: numbers (B, ...), or B strings, or ``None``.
        masks: modality name → (B,) or (B, \\*dims), true where observed; ``None`` for complete data.
        name: what to call the data in tables and messages.
        label_names: what label 0, 1, … stands for; ``None`` where labels are no classes, or say it themselves.
        missing: ``"nan"`` if that marks missing entries.
        options: ``unit_interval`` and ``size_factors``, as in :class:`mopoe.MultimodalBaseDataset`.

    Indexing, slicing and ``.to(device)`` are those of :class:`mopoe.MultimodalBaseDataset`.

    Raises:
        TypeError: ``data`` or ``masks`` is no dictionary of tensors.
        ValueError: lengths that differ, masks with other names or values, a sample without any modality,
            or a label beyond ``label_names``.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        labels: Any = None,
        masks: Mapping[str, Any] | None = None,
        *,
        name: str = "multimodal",
        label_names: Sequence[str] | None = None,
        missing: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data, labels, label_names=label_names, **options)
        if masks is not None or missing is not None:
            self.masks = masks_of_data(self.data, masks, missing)
        self.name = name

    def digest(self) -> str:
        """SHA-256 over names, types, shapes and bytes of all that they hold: which data a run used."""
        labels = {} if self.labels is None else {"": self.labels}
        sha = hashlib.sha256()
        masks, sizes = masks_of(self) or {}, read_entry(self, "size_factors") or {}
        parts = {"data": self.data, "labels": labels, "masks": masks, "size_factors": sizes}
        for kind, tensors in parts.items():
            for name, tensor in tensors.items():
                sha.update(f"{kind}\0{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\0".encode())
                sha.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().data)
        return sha.hexdigest()

    @property
    def hidden_share(self) -> float:
        """Share of the numbers of a modality that are missing, on average over modalities: 0 for complete data."""
        masks = masks_of(self)
        if masks is None:
            return 0.0
        return 1.0 - float(torch.stack([mask.double().mean() for mask in masks.values()]).mean())

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {_times(shape)}" for name, shape in self.input_dims.items())
        return f"MultimodalDataset({self.name!r}, {_size(self)} samples: {shapes})"


@dataclass(frozen=True, eq=False, repr=False)
class Splits:
    """Training, validation and test data of one data set; ``train, validation, test = splits`` works.

    Attributes:
        train: data to fit, of whatever kind :func:`mopoe.reading.parts.as_dataset` takes, such as a part of a split.
        validation: data to choose by, likewise.
        test: data to report on, likewise.
        decoders_dist: modality → its natural likelihood, a word or what else ``MoPoEConfig`` takes.
        decoder_dist_params: modality → parameters of that likelihood.
        truth: the model that generated the data, where one is known.
        texts: modality → function that writes one datum, array or tensor, as text; for those that are text.
    """

    train: MultimodalDataset
    validation: MultimodalDataset
    test: MultimodalDataset
    decoders_dist: dict[str, Any] = field(default_factory=dict)
    decoder_dist_params: dict[str, dict[str, Any]] = field(default_factory=dict)
    truth: Any = None
    texts: dict[str, Callable[[Any], Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for split in ("train", "validation", "test"):
            object.__setattr__(self, split, _named(getattr(self, split)))
        scales = {data.label_names for data in self if data.label_names is not None}
        if len(scales) > 1:
            raise ValueError(
                f"label_names: expected the same in train, validation and test, got {sorted(scales)}; "
                "give label_names, or split one data set"
            )

    def __iter__(self) -> Iterator[MultimodalDataset]:
        return iter((self.train, self.validation, self.test))

    @property
    def name(self) -> str:
        """Name of the data set."""
        return self.train.name

    @property
    def input_dims(self) -> dict[str, tuple[int, ...]]:
        """Shape of one sample of each modality, ready for ``MoPoEConfig``."""
        return self.train.input_dims

    def __repr__(self) -> str:
        return "\n".join([self._title(), *(f"  {name}: {', '.join(rest)}" for name, *rest in self._rows())])

    def _repr_html_(self) -> str:
        return html_table(self._title(), ("modality", "shape", "likelihood"), self._rows())

    def _title(self) -> str:
        sizes = {"train": self.train, "validation": self.validation, "test": self.test}
        return f"{self.name}: " + ", ".join(f"{_size(data)} {split}" for split, data in sizes.items())

    def _rows(self) -> list[tuple[str, str, str]]:
        return [(name, _times(shape), self._likelihood(name)) for name, shape in self.input_dims.items()]

    def _likelihood(self, name: str) -> str:
        params = self.decoder_dist_params.get(name, {})
        kind = self.decoders_dist.get(name, "normal")
        if kind == "mixed":
            # Its only parameter is a list of likelihoods, whose own words are shorter.
            with contextlib.suppress(TypeError, ValueError):
                return str(make_likelihood(kind, params, name, self.input_dims[name]))
        shown = ", ".join(f"{key} {_brief(value)}" for key, value in params.items())
        word = getattr(kind, "__name__", str(kind))
        return (type(kind).__name__ if "\n" in word else word) + (f" ({shown})" if shown else "")


def _named(data: Any) -> MultimodalDataset:
    """The same samples as data with a name; those of a part are that of its whole."""
    data = data if isinstance(data, MultimodalDataset) else as_dataset(data)
    if isinstance(data, MultimodalDataset):
        return data
    sizes = read_entry(data, "size_factors")
    return MultimodalDataset(
        data.data, data.labels, masks_of(data), label_names=data.label_names, size_factors=sizes
    )


def _brief(value: Any) -> str:
    if isinstance(value, (int, float)):
        return f"{value:g}"
    shape = getattr(value, "shape", None)
    return str(value) if shape is None else f"of shape {tuple(shape)}"


def _size(data: MultimodalDataset) -> str:
    return f"{len(data):,}" + (f" ({data.hidden_share:.1%} missing)" if hasattr(data, "masks") else "")


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "1"
