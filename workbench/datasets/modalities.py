"""Some of the modalities of a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from mopoe.data import masks_of
from mopoe.output import read_entry
from mopoe.reading.unit_interval import of_modalities

from .base import MultimodalDataset, Splits

_Value = TypeVar("_Value")


def keep_modalities(splits: Splits, names: Sequence[str]) -> Splits:
    """The same samples with these modalities alone, in this order; ``truth`` is not carried along.

    Raises:
        ValueError: no names, one twice, or one that the data lack.
    """
    known = list(splits.input_dims)
    if isinstance(names, str) or not names or len(set(names)) < len(names) or not set(names) <= set(known):
        raise ValueError(f"keep_modalities: expected some of {known}, each once, got {names!r}")

    def of_names(values: Mapping[str, _Value]) -> dict[str, _Value]:
        return {name: values[name] for name in names if name in values}

    def kept(data: MultimodalDataset) -> MultimodalDataset:
        masks = masks_of(data)
        return MultimodalDataset(
            of_modalities(data.data, names),
            data.labels,
            masks=None if masks is None else of_names(masks),
            name=data.name,
            label_names=data.label_names,
            size_factors=of_names(read_entry(data, "size_factors") or {}) or None,
        )

    return replace(
        splits,
        train=kept(splits.train),
        validation=kept(splits.validation),
        test=kept(splits.test),
        decoders_dist=of_names(splits.decoders_dist),
        decoder_dist_params=of_names(splits.decoder_dist_params),
        texts=of_names(splits.texts),
        truth=None,
    )
