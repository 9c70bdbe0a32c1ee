"""Two ways to train where modalities are missing: from all samples, or from the complete ones alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mopoe import MoPoE

from ...datasets import hide_in_training
from ...datasets.base import Splits
from ...training import TrainConfig, fit
from ...training.build import build_model
from .complete_cases import complete_cases

ALL, COMPLETE = "all samples", "complete samples only"


def train_with_missing(
    data: Splits, rates: Sequence[float], seeds: Sequence[int], config: TrainConfig, **model: Any
) -> dict[tuple[str, float], list[MoPoE]]:
    """Train one model a way, missing rate and seed, all with the same number of steps.

    A seed gives the weights at the start and the entries that are hidden: both ways lose the same entries. With
    fewer samples an epoch has fewer steps, so there are more epochs.

    Args:
        data: complete; modalities are hidden in its training and validation data.
        rates: missing rates as for :func:`workbench.datasets.hide_modalities`; at 0 both ways are one.
        seeds: one model each.
        config: of the training from all samples; its own seed is not used.
        model: what :func:`workbench.training.build.build_model` takes, but for ``seed``.

    Returns:
        (way, rate) → models in the order of ``seeds``, on the CPU, in evaluation mode.

    Raises:
        ValueError: a rate outside [0, 1), or so high that no sample is complete.
    """
    trained: dict[tuple[str, float], list[MoPoE]] = {}
    for rate in rates:
        for seed in seeds:
            for way, given in ways_to_train(data, rate, seed).items():
                epochs = _epochs_for_as_many_steps(len(data.train), len(given.train), config)
                fresh = build_model(given, seed=seed, **model)
                fit(fresh, given.train, given.validation, replace(config, seed=seed, epochs=epochs))
                trained.setdefault((way, rate), []).append(fresh.cpu())
    return trained


def ways_to_train(data: Splits, rate: float, seed: int) -> dict[str, Splits]:
    """Way → what it trains on and chooses by, where ``rate`` of the entries are hidden."""
    hidden = hide_in_training(data, rate, seed=seed)
    if rate == 0:
        return {ALL: hidden}
    complete = replace(
        hidden, train=complete_cases(hidden.train), validation=complete_cases(hidden.validation)
    )
    return {ALL: hidden, COMPLETE: complete}


def _epochs_for_as_many_steps(n_all: int, n: int, config: TrainConfig) -> int:
    steps = config.epochs * math.ceil(n_all / config.batch_size)
    return math.ceil(steps / math.ceil(n / config.batch_size))
