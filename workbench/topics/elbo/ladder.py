"""The ladder of lower bounds that leads up to ln p(x)."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mopoe import MoPoE, MultimodalBaseDataset, PerSample

from ...datasets import LinearGaussian
from .arrays import Ladder


def bound_ladder(
    model: MoPoE,
    data: MultimodalBaseDataset,
    draws: Sequence[int] = (2, 8, 32, 128),
    total: int = 1024,
    truth: LinearGaussian | None = None,
    seed: int = 0,
) -> Ladder:
    """L_generalised ≤ L_mixture ≤ L_K for growing K, averaged over the data.

    Args:
        model: any.
        data: complete or with modalities missing; complete where ``truth`` is given.
        draws: the values of K, each a divisor of ``total``.
        total: draws an image for each bound.
        truth: gives the exact ln p(x).
        seed: of the draws.
    """
    generator = torch.Generator(model.device).manual_seed(seed)
    rungs: list[tuple[str, PerSample]] = []
    for K in draws:
        bounds = model.estimate_bounds(data, K=K, repeats=total // K, generator=generator)
        if not rungs:
            rungs += [("generalised ELBO", bounds.generalised), ("mixture ELBO", bounds.mixture)]
        rungs.append((f"K = {K}", bounds.importance_weighted))
    means = [bound.mean() for _, bound in rungs]
    return Ladder(
        [name for name, _ in rungs],
        [mean.value for mean in means],
        [mean.monte_carlo_error for mean in means],
        None if truth is None else float(truth.log_prob(data.data).mean()),
    )
