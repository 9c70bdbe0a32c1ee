"""The three families side by side: the same networks, weights at the start, data order and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mopoe import MoPoE

from ...datasets.base import Splits
from ...training import TrainConfig, fit
from ...training.build import build_model
from .names import FAMILIES


def train_families(
    data: Splits,
    seeds: Sequence[int],
    config: TrainConfig,
    families: Sequence[str] = tuple(FAMILIES),
    **model: Any,
) -> dict[str, list[MoPoE]]:
    """Train every family once a seed.

    All families of one seed start from the same weights and see the same batches in the same order; what
    differs is the set of subsets that they are trained on, and where the prior joins their products.

    Args:
        data: to train and to choose the best epoch on.
        seeds: of weights, batches and noise; one model each.
        config: all other settings; its own seed is not used.
        families: names in ``FAMILIES``.
        model: what :func:`workbench.training.build.build_model` takes, but for ``subsets``,
            ``prior_expert`` and ``seed``; networks of your own in ``encoders`` and ``decoders`` are copied for each
            model, and start from the same weights whatever the seed.

    Returns:
        Family → its models in the order of ``seeds``, on the CPU, in evaluation mode.

    Raises:
        ValueError: an unknown family, or no seed, or one twice.
    """
    unknown = [name for name in families if name not in FAMILIES]
    if unknown:
        raise ValueError(f"families: expected some of {', '.join(FAMILIES)}, got {unknown[0]!r}")
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds: expected one or more, each once, got {list(seeds)}")
    trained: dict[str, list[MoPoE]] = {name: [] for name in families}
    for seed in seeds:
        for name in families:
            fresh = build_model(data, **FAMILIES[name].settings, seed=seed, **model)
            fit(fresh, data.train, data.validation, replace(config, seed=seed))
            trained[name].append(fresh.cpu())
    return trained
