"""Models with private latents of different sizes: reconstruction, coherence, and where the digit lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from mopoe import MoPoE

from ...datasets.base import Splits
from ...metrics import DigitClassifier, conditional_coherence
from ...metrics.readers import read_labels
from .arrays import MEASURES, PrivateStudy
from .probes import background_colour, codes_by_view, explained_variance, label_accuracy
from .swaps import swap_shares


def private_study(
    models: Mapping[int, Sequence[MoPoE]],
    data: Splits,
    classifiers: Mapping[str, DigitClassifier],
    seeds: Sequence[int],
    *,
    n_probe: int = 2000,
) -> PrivateStudy:
    """Every measure in ``MEASURES``, averaged over views, for each model.

    Args:
        models: private size → models, all of one total size.
        data: complete; probes are fitted on its training data and judged on its test data.
        classifiers: view → what reads its pictures.
        seeds: of the draws of each model.
        n_probe: training samples that the probes are fitted on, at most.
    """
    rows = {
        size: [
            measure(model, data, classifiers, seed, n_probe)
            for seed, model in zip(seeds, of_size, strict=True)
        ]
        for size, of_size in models.items()
    }
    values = {
        name: np.array([[found.get(name, np.nan) for found in of_size] for of_size in rows.values()])
        for name in MEASURES
    }
    size, (first, *_) = next(iter(models.items()))
    labels = read_labels(data.test, "data.test")
    chance = float(labels.bincount().max()) / len(labels)
    return PrivateStudy(list(models), first.latent_dim + size, values, chance)


@torch.no_grad()
def measure(
    model: MoPoE, data: Splits, classifiers: Mapping[str, DigitClassifier], seed: int, n_probe: int
) -> dict[str, float]:
    """Name in ``MEASURES`` → value for one model; without private latents, those that need none."""
    coherence = conditional_coherence(model, data.test, classifiers, seed=seed)
    found = {
        "coherence": float(np.mean([estimate.value for estimate in coherence.by_observed.values()])),
        "own_nats": own_nats(model, data, seed),
        **probe(model, data, n_probe),
    }
    if model.multiple_latent_spaces:
        found["swap_follows_shared"], found["swap_follows_private"] = swap_shares(
            model, data.test, classifiers
        )
    return found


@torch.no_grad()
def own_nats(model: MoPoE, data: Splits, seed: int) -> float:
    """−ln p(x_m|z, w_m) at one draw from what the model makes of all views; mean over views and samples."""
    generator = torch.Generator().manual_seed(seed)
    with model.evaluating():
        latents = model.encode(data.test, generator=generator)
        terms = model.log_likelihood(data.test, latents)
    return -float(torch.stack(list(terms.values())).mean())


def probe(model: MoPoE, data: Splits, n_probe: int) -> dict[str, float]:
    """Digit and background from the codes of one view alone, mean over views."""
    train, test = data.train[:n_probe], data.test
    labels, test_labels = (read_labels(part, "data").numpy() for part in (train, test))
    all_codes, all_test_codes = codes_by_view(model, train), codes_by_view(model, test)
    found: dict[str, list[float]] = {}
    for name in model.modalities:
        codes, test_codes = all_codes[name], all_test_codes[name]
        colour, test_colour = background_colour(train.data[name]), background_colour(test.data[name])
        for kind in codes:
            digit = label_accuracy(codes[kind], labels, test_codes[kind], test_labels)
            background = explained_variance(codes[kind], colour, test_codes[kind], test_colour)
            found.setdefault(f"digit_in_{kind}", []).append(digit)
            found.setdefault(f"background_in_{kind}", []).append(background)
    return {name: float(np.mean(values)) for name, values in found.items()}
