"""Printed pictures in one call each: the still counterparts of the explorers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from mopoe import MoPoE, MultimodalBaseDataset

from .analyses.generation import generate
from .analyses.samples import present_modalities
from .figures.charts import Chart, coherence_chart, learning_curves
from .figures.generation import Renderer, ladder_sheet, tuples_sheet
from .figures.picture import Picture
from .metrics import Coherence
from .training import TrainResult


def show_samples(
    dataset: MultimodalBaseDataset, samples: Sequence[int], texts: Mapping[str, Renderer] | None = None
) -> Picture:
    """Some samples side by side, one row a modality, their labels on top."""
    some = dataset[torch.as_tensor(samples)]
    headings = [] if some.labels is None else [str(label) for label in some.labels.tolist()]
    data = {name: tensor.numpy() for name, tensor in some.data.items()}
    masks = None if some.masks is None else {name: mask.numpy() for name, mask in some.masks.items()}
    return Picture(tuples_sheet(data, headings, texts, masks))


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
    there = present_modalities(dataset[sample])
    present = [name for name in model.modalities if name in there]
    steps = [
        generate(model, dataset, sample, present[:size], n_draws=1, classifiers=classifiers)
        for size in range(1, len(present) + 1)
    ]
    return Picture(ladder_sheet(steps, texts))


def show_training(result: TrainResult) -> Chart:
    """Loss, divergence and reconstruction terms by epoch, training and validation."""
    return learning_curves(result.history["train"], result.history["validation"])


def show_coherence(coherence: Coherence) -> Chart:
    """Conditional coherence by number of modalities seen, with two standard errors."""
    by_number = coherence.by_observed
    return coherence_chart(
        list(by_number),
        [summary.mean for summary in by_number.values()],
        [summary.standard_error for summary in by_number.values()],
        coherence.chance,
    )
