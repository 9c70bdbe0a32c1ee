"""What a model generates in every modality when it is shown some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from mopoe import MoPoE, MultimodalBaseDataset, Sample, kl_to_standard_normal

from ..arrays import Generation
from ..metrics import DigitClassifier


@torch.no_grad()
def generate(
    model: MoPoE,
    dataset: MultimodalBaseDataset,
    sample: int,
    shown: Sequence[str],
    *,
    n_draws: int = 5,
    seed: int = 0,
    classifiers: Mapping[str, DigitClassifier] | None = None,
) -> Generation:
    """Generate all modalities of one sample from those in ``shown``.

    The noise depends on ``seed`` alone, so that a changed picture is a changed answer of the model.

    Raises:
        IndexError: no such sample.
        ValueError: an unknown modality, or one that the sample lacks.
    """
    item = dataset[sample]
    present = present_modalities(item)
    absent = [name for name in shown if name not in present]
    if absent:
        raise ValueError(f"shown: expected modalities that sample {sample} has, {present}, got {absent[0]!r}")
    generator = torch.Generator(device=model.device).manual_seed(seed)
    with model.evaluating():
        mean, draws, divergence = _latents(model, item, shown, n_draws, generator)
        mean_images, draw_images = model.decode(mean), model.decode(draws)
    readings = {
        name: classifier.classify(torch.cat([mean_images[name], draw_images[name]])).tolist()
        for name, classifier in (classifiers or {}).items()
    }
    return Generation(
        shown=list(shown),
        present=present,
        data={name: _numpy(datum) for name, datum in item.data.items()},
        mean={name: _numpy(mean_images[name][0]) for name in item.data},
        draws={name: _numpy(draw_images[name]) for name in item.data},
        divergence=divergence,
        readings=readings,
        label=_whole_label(item.labels),
    )


def present_modalities(item: Sample) -> list[str]:
    """The modalities that a sample has, in order."""
    return [name for name in item.data if item.masks is None or bool(item.masks[name])]


def _latents(
    model: MoPoE, item: Any, shown: Sequence[str], n_draws: int, generator: torch.Generator
) -> tuple[Any, Any, float]:
    if not shown:
        draws = model.generate_from_prior(n_draws, generator=generator)
        mean = {
            "z": torch.zeros_like(draws.z[:1]),
            "modalities_z": {name: torch.zeros_like(w[:1]) for name, w in draws.modalities_z.items()},
        }
        return mean, draws, 0.0
    mean = model.encode(item, shown, return_mean=True)
    draws = model.encode(item, shown, N=n_draws, flatten=True, generator=generator)
    posterior = model.posterior(item, shown)
    divergence = kl_to_standard_normal(posterior.mean, posterior.variance.log())
    return mean, draws, float(divergence)


def _whole_label(label: torch.Tensor | None) -> int | None:
    """The class of a sample; ``None`` where labels are no classes."""
    if label is None or label.ndim > 0 or label.is_floating_point():
        return None
    return int(label)


def _numpy(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().float().cpu().numpy()
