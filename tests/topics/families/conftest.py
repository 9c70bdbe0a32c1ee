"""Three families with one and the same generative part: their true likelihoods are equal, and known."""

from __future__ import annotations

import pytest
import torch

from mopoe import MoPoE, MultimodalBaseDataset
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.datasets.linear_gaussian.world import LinearGaussian
from workbench.topics.families.explorer import FamilyExplorer, explore_families
from workbench.topics.families.names import FAMILIES


@pytest.fixture(scope="module")
def truth() -> LinearGaussian:
    return LinearGaussian.random({"a": 2, "b": 3, "c": 2}, 2, noise=0.8, seed=3)


@pytest.fixture(scope="module")
def data(truth: LinearGaussian) -> MultimodalBaseDataset:
    return MultimodalBaseDataset(truth.sample(20, seed=1)[0], torch.arange(20) % 10)


@pytest.fixture
def models(truth: LinearGaussian) -> dict[str, MoPoE]:
    return {
        name: linear_gaussian_model(truth, widening=1.5, **family.settings)
        for name, family in FAMILIES.items()
    }


@pytest.fixture
def explorer(models: dict[str, MoPoE], data: MultimodalBaseDataset) -> FamilyExplorer:
    return explore_families(models, data, sample=4, shown=["a", "b"])
