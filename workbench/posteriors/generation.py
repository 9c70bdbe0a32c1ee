"""What a model generates in every modality when it is shown some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from mopoe import MoPoE, MultimodalBaseDataset, Sample

from ..metrics import DigitClassifier
from ..metrics.readers import readers_of
from .arrays import Generation
from .posterior import Belief, prior_belief, product_belief
from .samples import data_to_draw, present_modalities, sizes_of, take_sample, to_numpy, whole_label


@torch.no_grad()
def conditional_generation(
    model: MoPoE,
    dataset: MultimodalBaseDataset,
    sample: int,
    shown: Sequence[str],
    *,
    n_draws: int = 5,
    seed: int = 0,
    classifiers: Mapping[str, DigitClassifier] | None = None,
) -> Generation:
    """Generate all modalities of one sample from the product of the experts of those in ``shown``.

    The noise depends on ``seed`` alone, so that a changed picture is a changed answer of the model.

    Raises:
        IndexError: no such sample.
        ValueError: an unknown modality, or one that the sample lacks.
    """
    item = take_sample(model, dataset, sample)
    present = present_modalities(item)
    absent = [name for name in shown if name not in present]
    if absent:
        raise ValueError(f"shown: expected modalities that sample {sample} has, {present}, got {absent[0]!r}")
    with model.evaluating():
        belief = product_belief(model, item, shown) if shown else prior_belief(model, item)
        readers = readers_of(model, classifiers or {})
        return generate_from(model, item, shown, belief, belief.draws(n_draws, seed), readers)


def generate_from(
    model: MoPoE,
    item: Sample,
    shown: Sequence[str],
    belief: Belief,
    draws: dict[str, Any],
    classifiers: Mapping[str, DigitClassifier] | None = None,
) -> Generation:
    """Decode the mean of a belief about one sample, and draws from it.

    Args:
        model: in evaluation mode.
        item: the sample.
        shown: what the belief comes from.
        belief: over the latents.
        draws: from it, z (n, D); n may be 0.
        classifiers: modality → what reads the expected data, of :func:`workbench.metrics.readers.readers_of`.
    """
    pictures = model.decode(_joined(belief.mean(), draws), size_factors=sizes_of(item))
    for name, picture in pictures.items():
        if not bool(torch.isfinite(picture).all()):
            raise ValueError(f"decoders[{name!r}]: expected finite data, got NaN or infinity")
    readings = {
        name: classifier.classify(pictures[name]).tolist() for name, classifier in (classifiers or {}).items()
    }
    return Generation(
        shown=list(shown),
        present=present_modalities(item),
        data=data_to_draw(model, item),
        mean={name: to_numpy(pictures[name][0]) for name in model.modalities},
        draws={name: to_numpy(pictures[name][1:]) for name in model.modalities},
        readings=readings,
        label=whole_label(item.labels),
    )


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {
        "z": torch.cat([first["z"], second["z"]]),
        "modalities_z": {
            name: torch.cat([w, second["modalities_z"][name]]) for name, w in first["modalities_z"].items()
        },
    }
