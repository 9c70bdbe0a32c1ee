"""Models that differ in how a latent of one size is split into a shared and a private part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mopoe import MoPoE

from ...datasets.base import Splits
from ...training import TrainConfig, fit
from ...training.build import build_model


def train_private_sizes(
    data: Splits,
    total: int,
    private_dims: Sequence[int],
    seeds: Sequence[int],
    config: TrainConfig,
    **model: Any,
) -> dict[int, list[MoPoE]]:
    """Train one model a private size and seed, with D + P = ``total`` numbers for each decoder.

    Args:
        data: to train and to choose the best epoch on.
        total: size of the shared and one private latent together.
        private_dims: values of P, each from 0 to ``total`` − 1.
        seeds: of weights, batches and noise; one model each.
        config: all other settings; its own seed is not used.
        model: what :func:`workbench.training.build.build_model` takes, but for the sizes and ``seed``.

    Returns:
        P → models in the order of ``seeds``, on the CPU, in evaluation mode.

    Raises:
        ValueError: a private size that leaves no shared latent, or a negative one.
    """
    wrong = [size for size in private_dims if not 0 <= size < total]
    if wrong:
        raise ValueError(f"private_dims: expected 0 to {total - 1}, as the total is {total}, got {wrong[0]}")
    trained: dict[int, list[MoPoE]] = {size: [] for size in private_dims}
    for size in private_dims:
        for seed in seeds:
            fresh = build_model(data, latent_dim=total - size, private_dim=size, seed=seed, **model)
            fit(fresh, data.train, data.validation, replace(config, seed=seed))
            trained[size].append(fresh.cpu())
    return trained
