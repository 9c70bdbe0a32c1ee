"""Quality against coherence of trained models of images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from mopoe import MoPoE, MultimodalBaseDataset, Summary

from ...metrics import DigitClassifier, conditional_coherence
from ...uncertainty import diagnosis_over_seeds
from .arrays import QualityCoherence

# Draws from the prior behind the detail of what is generated.
_DRAWS = 500


def quality_and_coherence(
    model: MoPoE,
    test: MultimodalBaseDataset,
    classifiers: dict[str, DigitClassifier],
    *,
    n_images: int,
    K: int,
    proposal: str = "refined",
    seed: int,
) -> QualityCoherence:
    """How likely unseen data are, how much of their variety is generated, and whether imagined views fit.

    Args:
        model: trained.
        test: labelled data that no one was trained on.
        classifiers: modality → reader of its label.
        n_images: the first so many samples are asked for their likelihood; all for the other numbers.
        K: importance draws a sample.
        proposal: where they come from, as for :meth:`mopoe.MoPoE.estimate_nll`; by default a Gaussian fitted to each.
        seed: of all draws.
    """
    generator = torch.Generator(model.device).manual_seed(seed)
    nll = model.estimate_nll(
        test[torch.arange(n_images)], K=K, proposal=proposal, chunk=20, generator=generator
    )
    with torch.no_grad():
        z = model.encode(test, generator=generator)
        seen = model.log_likelihood(test, z)
        made = model.generate_from_prior(_DRAWS, generator=generator)
        shares = [float(made[name].var(0).sum() / test.data[name].var(0).sum()) for name in model.modalities]
    single = [(name,) for name in model.modalities]
    coherence = conditional_coherence(model, test, classifiers, seed=seed, subsets=single)
    return QualityCoherence(
        nll=float(nll.mean().value),
        own_view=-sum(float(seen[name].mean()) for name in model.modalities) / model.n_modalities,
        coherence=coherence.by_observed[1].value,
        detail=sum(shares) / len(shares),
        doubt=nll.diagnosis,
    )


def mean_nll(runs: Sequence[QualityCoherence]) -> Summary:
    """Mean over training runs of −ln p(x), with its error over them and what speaks against it.

    Args:
        runs: of one family, one a seed.
    """
    mean = Summary.mean_of(torch.tensor([run.nll for run in runs], dtype=torch.float64))
    return replace(mean, diagnosis=diagnosis_over_seeds([run.doubt for run in runs]))
