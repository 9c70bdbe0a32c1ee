"""An example of each explorer: what every one of them promises is held against all five."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from mopoe import IncompleteDataset, MoPoE, MultimodalBaseDataset
from tests.widgets.every_kind import model_of_every_kind, samples_of_every_kind
from workbench.datasets.base import Splits
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.datasets.linear_gaussian.world import LinearGaussian
from workbench.explorers import (
    Explorer,
    explore_families,
    explore_fusion,
    explore_subsets,
    explore_training,
    explore_traversals,
)
from workbench.topics.live_training.data import digits_on_paper


@dataclass(frozen=True)
class Example:
    """One explorer with what its tests do to it.

    Attributes:
        explore: the public call.
        arguments: what it is about, by the names that "copy state" writes.
        start: values of the state to begin with.
        changes: values that make another view each, one change after the other.
        limits: of a small page.
        control: one that a lesson may hide.
        panel: one that a lesson may hide, and that "predict first" covers.
    """

    explore: Callable[..., Explorer]
    arguments: dict[str, Any]
    start: dict[str, Any]
    changes: tuple[dict[str, Any], dict[str, Any]]
    limits: dict[str, Any]
    control: str
    panel: str

    def make(self, **options: Any) -> Explorer:
        return self.explore(*self.arguments.values(), **(self.start | options))


def subsets() -> Example:
    return Example(
        explore=explore_subsets,
        arguments={"model": model_of_every_kind(), "dataset": samples_of_every_kind()},
        start={"shown": ["photo"], "n_draws": 2},
        changes=({"sample": 4}, {"posterior": "mixture", "shown": ["grey", "text"]}),
        limits={"samples": 1},
        control="swap",
        panel="terms",
    )


def traversals() -> Example:
    return Example(
        explore=explore_traversals,
        arguments={"model": model_of_every_kind(), "dataset": samples_of_every_kind()},
        start={"sample": 1},
        changes=({"sample": 4}, {"offsets": [1.25, -0.5], "walked": 1, "shown": ["text"]}),
        limits={"samples": 1, "axes": 1},
        control="sliders",
        panel="changes",
    )


def fusion() -> Example:
    return Example(
        explore=explore_fusion,
        arguments={},
        start={"K": 5},
        changes=({"means": [0.0, 1.0, 1.3]}, {"prior_expert": "none", "shown": ["sight", "sound"]}),
        limits={"places": 2, "widths": (0.3,)},
        control="prior_expert",
        panel="bounds",
    )


def families() -> Example:
    truth = LinearGaussian.random({"a": 2, "b": 3, "c": 2}, 2, noise=0.8, seed=3)
    return Example(
        explore=explore_families,
        arguments={
            "models": {
                name: linear_gaussian_model(truth, widening=1.5, subsets=subsets)
                for name, subsets in {"MVAE": "poe", "MMVAE": "moe"}.items()
            },
            "dataset": MultimodalBaseDataset(truth.sample(8, seed=1)[0]),
        },
        start={"sample": 3, "shown": ["a", "b"]},
        changes=({"sample": 5}, {"posterior": "mixture", "target": "imagined"}),
        limits={"samples": 1},
        control="proposal",
        panel="differences",
    )


@cache
def digits() -> Splits:
    return digits_on_paper(n_train=200, n_test=24)


def live_training() -> Example:
    return Example(
        explore=explore_training,
        arguments={"data": digits()},
        start={"step": 3, "sample": 2},
        changes=({"sample": 7}, {"shown": ["sky", "board"], "pictured": "board"}),
        limits={"frames": 2},
        control="speed",
        panel="plane",
    )


ALL = {make.__name__: make for make in (subsets, traversals, fusion, families, live_training)}


@pytest.fixture(params=ALL)
def example(request: pytest.FixtureRequest) -> Example:
    return ALL[request.param]()


@pytest.fixture
def explorer(example: Example) -> Explorer:
    return example.make()


@pytest.fixture
def model() -> MoPoE:
    return model_of_every_kind()


@pytest.fixture
def dataset() -> IncompleteDataset:
    return samples_of_every_kind()
