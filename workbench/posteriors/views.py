"""Printed pictures in one call each: the still counterparts of the explorers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mopoe import MoPoE, MultimodalBaseDataset
from mopoe.data import masks_of
from mopoe.masks import any_observed
from mopoe.reading.parts import gathered, take

from ..drawing.picture import Picture
from .generation import conditional_generation
from .generation_figure import Renderer, ladder_sheet, tuples_sheet
from .renderers import renderers
from .samples import present_modalities, take_sample, to_numpy


def show_samples(
    dataset: MultimodalBaseDataset, samples: Sequence[int], texts: Mapping[str, Renderer] | None = None
) -> Picture:
    """Some samples side by side, one row a modality, their labels on top."""
    some = take(dataset, samples)
    headings = _labels(some)
    data = {name: to_numpy(tensor) for name, tensor in some.data.items()}
    masks = masks_of(some)
    if masks is None:
        return Picture(tuples_sheet(data, headings, texts))
    for name, mask in masks.items():
        if mask.ndim > 1:
            data[name] = np.where(mask.cpu().numpy(), data[name], np.nan)
    seen = {name: any_observed(mask).cpu().numpy() for name, mask in masks.items()}
    return Picture(tuples_sheet(data, headings, texts, seen))


def _labels(samples: MultimodalBaseDataset) -> list[str]:
    """Labels as text, by their names where they have any."""
    if samples.labels is None:
        return []
    names = samples.label_names
    return [str(label if names is None else names[label]) for label in samples.labels.tolist()]


def show_ladder(
    model: MoPoE,
    dataset: MultimodalBaseDataset,
    sample: int,
    classifiers: Mapping[str, Any] | None = None,
    texts: Mapping[str, Renderer] | None = None,
) -> Picture:
    """What the model makes of one sample from its first modality, its first two, …, all of them.

    Shown are expected data, the mean of p(x|z), at the posterior mean; framed ones were shown to the model.
    """
    dataset = gathered(dataset)
    there = present_modalities(take_sample(model, dataset, sample))
    present = [name for name in model.modalities if name in there]
    steps = [
        conditional_generation(model, dataset, sample, present[:size], n_draws=1, classifiers=classifiers)
        for size in range(1, len(present) + 1)
    ]
    return Picture(ladder_sheet(steps, renderers(model, texts)))
