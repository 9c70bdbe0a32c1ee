"""Joint coherence: whether all modalities that are generated together show one label."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from mopoe import Summary
from mopoe.display import html_table
from workbench.datasets.checks import checked_count
from workbench.samplers.draw import decode_in_batches, draw_latents
from workbench.samplers.gaussian_mixture import LatentMixture
from workbench.training.seeding import seeded

from .readers import read_data, readers_of


@dataclass(frozen=True)
class JointCoherence:
    """Returned by :func:`joint_coherence`.

    Attributes:
        coherence: share of the samples whose judged modalities are all read as the same label.
        pairwise: mean over all pairs of judged modalities of the share in which the two agree; a sample counts
            once, by its mean over the pairs, and the standard error is that over samples.
        counts: label → number of samples in which all agree on it, for every label from 0 to the largest that
            was read in any modality. A label with few or none is one that the model does not generate.
        modalities: those that were judged.
    """

    coherence: Summary
    pairwise: Summary
    counts: dict[int, int]
    modalities: tuple[str, ...]

    def _repr_html_(self) -> str:
        title = f"Joint coherence of {', '.join(self.modalities)}, {self.coherence.n} samples"
        rows = [
            ["all agree", _shown(self.coherence)],
            ["two agree, mean over pairs", _shown(self.pairwise)],
            *([f"all agree on {label}", str(count)] for label, count in self.counts.items()),
        ]
        return html_table(title, ["", "share ± standard error, or number"], rows)


def joint_coherence(
    model: Any,
    classifiers: Mapping[str, Any],
    *,
    n: int = 10_000,
    latents: LatentMixture | None = None,
    seed: int,
    legacy: bool = False,
    batch_size: int = 500,
) -> JointCoherence:
    r"""Generate all modalities from one latent, and read the label of each.

    .. math:: \frac1n \sum_i 1\{ \hat y_1(x_{1i}) = \dots = \hat y_M(x_{Mi}) \}, \quad
              x_{mi} \sim p(x_m | z_i), \; z_i \sim p(z)

    Source: Shi et al. 2019, *Variational Mixture-of-Experts Autoencoders* (joint coherence); Sutter et al. 2021
    (coherence of random generation). What is read is the decoder's mean. A model that always generates one label
    is perfectly coherent: look at the counts.

    Args:
        model: a :class:`mopoe.MoPoE`.
        classifiers: modality → anything with ``classify(x)``, (B, \*dims) → (B,); modalities without one are not
            judged.
        n: number of samples.
        latents: what z is drawn from; by default the prior.
        seed: of the latents; the caller's random state stays as it was. Neither ``legacy`` nor ``batch_size``
            changes the samples.
        legacy: leave dropout on, as published code did.
        batch_size: samples decoded and read at a time.

    Returns:
        Proportions, the joint one with the binomial standard error √(p (1 − p) / n): 0 where p is 0 or 1.

    Raises:
        TypeError: a number that is not whole.
        ValueError: fewer than two classifiers, one for a modality that the model lacks, a number below 1, or
            latents of another size than the model's.
    """
    unknown = [name for name in classifiers if name not in model.modalities]
    if unknown:
        raise ValueError(f"classifiers: expected modalities among {model.modalities}, got {unknown[0]!r}")
    names = [name for name in model.modalities if name in classifiers]
    if len(names) < 2:
        raise ValueError(f"classifiers: expected at least two, as they must agree, got {names}")
    batch_size, seed = checked_count("batch_size", batch_size), checked_count("seed", seed, least=0)
    device = torch.device(model.device)
    readers = readers_of(model, classifiers)
    drawn = draw_latents(model, n, latents, torch.Generator(device).manual_seed(seed))
    # The random state of the surroundings is for classifiers with dropout.
    with seeded(seed, device):
        labels = torch.cat(
            [
                torch.stack([read_data(readers[name], part[name], legacy) for name in names], 1).cpu()
                for part in decode_in_batches(model, drawn, batch_size, names)
            ]
        )
    return _agreement(labels, tuple(names))


def _agreement(labels: Tensor, names: tuple[str, ...]) -> JointCoherence:
    """From the label of each sample in each modality, (n, M)."""
    same = (labels == labels[:, :1]).all(1)
    pairs = combinations(labels.unbind(1), 2)
    two_by_two = torch.stack([one == other for one, other in pairs]).double().mean(0)
    counts = labels[same, 0].bincount(minlength=int(labels.max()) + 1)
    return JointCoherence(
        coherence=_share(same.double()),
        pairwise=_share(two_by_two),
        counts=dict(enumerate(counts.tolist())),
        modalities=names,
    )


def _share(values: Tensor) -> Summary:
    """Mean of values, (n,), with the standard error that is √(p (1 − p) / n) for zeros and ones."""
    n = len(values)
    return Summary(float(values.mean()), float(values.std(correction=0)) / math.sqrt(n), n=n, unit="")


def _shown(share: Summary) -> str:
    return f"{share.value:.3f} ± {share.standard_error:.3f}"
