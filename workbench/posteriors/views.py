"""Printed pictures in one call each: the still counterparts of the explorers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mopoe import MoPoE, MultimodalBaseDataset
from mopoe.data import masks_of
from mopoe.reading.parts import gathered, take

from ..drawing.picture import Picture
from .generation import conditional_generation
from .generation_figure import Renderer, ladder_sheet, tuples_sheet
from .samples import present_modalities


def show_samples(
    dataset: MultimodalBaseDataset, samples: Sequence[int], texts: Mapping[str, Renderer] | None = None
) -> Picture:
    """Some samples side by side, one row a modality, their labels on top."""
    some = take(dataset, samples)
    headings = [] if some.labels is None else [str(label) for label in some.labels.tolist()]
    data = {name: tensor.numpy() for name, tensor in some.data.items()}
    masks = masks_of(some)
    seen = None if masks is None else {name: mask.numpy() for name, mask in masks.items()}
    return Picture(tuples_sheet(data, headings, texts, seen))


def show_ladder(
    model: MoPoE,
    dataset: MultimodalBaseDataset,
    sample: int,
    classifiers: Mapping[str, Any] | None = None,
    texts: Mapping[str, Renderer] | None = None,
) -> Picture:
    """What the model makes of one sample from its first modality, its first two, …, all of them.

    Pictures are those of the posterior mean; framed ones were shown to the model.
    """
    dataset = gathered(dataset)
    there = present_modalities(dataset[sample])
    present = [name for name in model.modalities if name in there]
    steps = [
        conditional_generation(model, dataset, sample, present[:size], n_draws=1, classifiers=classifiers)
        for size in range(1, len(present) + 1)
    ]
    return Picture(ladder_sheet(steps, texts))
