"""Small digits, and a playground that learns them and is stopped after its test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.topics.live_training.courses import SECONDS
from workbench.datasets.base import Splits
from workbench.topics.live_training.data import digits_on_paper
from workbench.topics.live_training.explorer import TrainingPlayground, explore_training


@pytest.fixture(scope="session")
def data() -> Splits:
    return digits_on_paper(n_train=200, n_test=24)


@pytest.fixture
def explorer(data) -> Iterator[TrainingPlayground]:
    made = explore_training(data, step=3, sample=2)
    yield made
    made.pause()
    assert made.runner.join(SECONDS)
