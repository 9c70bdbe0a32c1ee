"""The shared latent of one sample with the private latent of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mopoe import MoPoE, MultimodalBaseDataset

from ...metrics import DigitClassifier
from ...posteriors.samples import to_numpy
from .arrays import StyleSwaps


@torch.no_grad()
def style_swaps(
    model: MoPoE,
    dataset: MultimodalBaseDataset,
    modality: str,
    contents: Sequence[int],
    styles: Sequence[int],
    classifiers: Mapping[str, DigitClassifier],
) -> StyleSwaps:
    """Every pair of a sample that gives z and one that gives w, decoded at the posterior means.

    Args:
        model: with private latents.
        dataset: complete, labelled.
        modality: the view to decode.
        contents: samples that give z, from all their views.
        styles: samples that give w, from ``modality``.
        classifiers: what reads the pictures.

    Raises:
        ValueError: a model without private latents.
    """
    if not model.multiple_latent_spaces:
        raise ValueError("style_swaps: expected a model with private latents, got one without")
    with model.evaluating():
        z = model.posterior(dataset[torch.as_tensor(contents)]).mean
        w = model.encode(dataset[torch.as_tensor(styles)], modality, return_mean=True).modalities_z[modality]
        pictures = _decode_swapped(model, modality, _grid(z, len(styles)), w[:, None].expand(-1, len(z), -1))
    readings = classifiers[modality].classify(pictures.flatten(0, 1)).reshape(len(styles), len(contents))
    views, labels = dataset.data[modality], dataset.labels
    assert labels is not None
    return StyleSwaps(
        modality,
        to_numpy(views[list(contents)]),
        to_numpy(views[list(styles)]),
        to_numpy(pictures),
        readings.numpy(),
        labels[list(contents)].numpy(),
        labels[list(styles)].numpy(),
    )


@torch.no_grad()
def swap_shares(
    model: MoPoE, dataset: MultimodalBaseDataset, classifiers: Mapping[str, DigitClassifier]
) -> tuple[float, float]:
    """Each sample's z with the w of the next one of another digit: who decides the digit that is shown?

    Returns:
        Shares of the pictures, over all views with a classifier, that show the digit of z and that of w.
    """
    labels = dataset.labels
    assert labels is not None
    givers = torch.from_numpy(next_of_another_label(labels.numpy()))
    by_shared, by_private = [], []
    with model.evaluating():
        z = model.posterior(dataset).mean
        for name, classifier in classifiers.items():
            w = model.encode(dataset, name, return_mean=True).modalities_z[name][givers]
            found = classifier.classify(_decode_swapped(model, name, z, w))
            by_shared.append(float((found == labels).double().mean()))
            by_private.append(float((found == labels[givers]).double().mean()))
    return float(np.mean(by_shared)), float(np.mean(by_private))


def next_of_another_label(labels: np.ndarray) -> np.ndarray:
    """For each sample the next one, around the end, that has another label: (B,) → (B,).

    Raises:
        ValueError: all labels are the same.
    """
    if len(np.unique(labels)) < 2:
        raise ValueError("next_of_another_label: expected at least two labels, got one")
    n = len(labels)
    nexts = np.arange(1, n + 1) % n
    while (same := labels[nexts] == labels).any():
        nexts[same] = (nexts[same] + 1) % n
    return nexts


def _decode_swapped(model: MoPoE, name: str, z: Tensor, w: Tensor) -> Tensor:
    return model.decode({"z": z, "modalities_z": {name: w}}, name)[name]


def _grid(z: Tensor, rows: int) -> Tensor:
    return z.expand(rows, *z.shape)
