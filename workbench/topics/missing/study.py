"""Models trained with modalities missing, measured on complete test data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from mopoe import MoPoE, Summary

from ...datasets.base import Splits
from ...metrics import DigitClassifier, conditional_coherence
from ...uncertainty import diagnosis_over_seeds
from .arrays import MissingStudy
from .train import ways_to_train


def missing_study(
    models: Mapping[tuple[str, float], Sequence[MoPoE]],
    data: Splits,
    classifiers: Mapping[str, DigitClassifier],
    seeds: Sequence[int],
    *,
    n_likelihood: int,
    K: int,
    proposal: str = "refined",
) -> MissingStudy:
    """Coherence on all test samples and NLL of the first ``n_likelihood``, for each model.

    Args:
        models: what :func:`workbench.topics.missing.train.train_with_missing` returned.
        data: what it was given.
        classifiers: modality → what reads its pictures.
        seeds: as there.
        n_likelihood: test samples whose likelihood is estimated.
        K: importance draws a sample.
        proposal: where they come from, see :meth:`mopoe.MoPoE.estimate_nll`.
    """
    coherence, nll, means, sizes, chance = {}, {}, {}, {}, 0.0
    for (way, rate), trained in models.items():
        shares, estimates = [], []
        for seed, model in zip(seeds, trained, strict=True):
            found = conditional_coherence(model, data.test, classifiers, seed=seed)
            shares.append(np.mean([estimate.value for estimate in found.by_observed.values()]))
            generator = torch.Generator().manual_seed(seed)
            some = data.test[:n_likelihood]
            estimates.append(model.estimate_nll(some, K=K, proposal=proposal, generator=generator))
            chance = found.chance
        coherence[way, rate] = np.array(shares)
        values = torch.stack([found.nll for found in estimates])
        doubt = diagnosis_over_seeds([found.diagnosis for found in estimates])
        nll[way, rate] = values.numpy()
        means[way, rate] = replace(Summary.mean_of(values.mean(1)), diagnosis=doubt)
        sizes[way, rate] = len(ways_to_train(data, rate, seeds[0])[way].train)
    rates = list(dict.fromkeys(rate for _, rate in models))
    return MissingStudy(rates, sizes, coherence, nll, chance, means)
