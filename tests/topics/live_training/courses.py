"""Trainings to hold others against."""

from __future__ import annotations

import numpy as np

from workbench.datasets.base import Splits
from workbench.topics.live_training.state import Settings
from workbench.topics.live_training.trainer import LiveTraining

USUAL = Settings(2.5, "MoPoE", 0.0, 0.003)
SECONDS = 20  # after which a thread is taken to hang


def losses(training: LiveTraining) -> np.ndarray:
    history = training.history()
    return np.stack([*history.reconstruction.values(), history.divergence])


def trained(data: Splits, *settings: Settings, seed: int = 0) -> LiveTraining:
    training = LiveTraining(data, seed)
    for step in settings:
        training.step(step)
    return training
