"""A traversal explorer on a model and data of every kind, and one whose model has private latents."""

from __future__ import annotations

import pytest
import torch

from mopoe import MoPoE, MoPoEConfig
from tests.widgets.every_kind import DIMS
from workbench.explorers import TraversalExplorer, explore_traversals


@pytest.fixture
def explorer(model, dataset) -> TraversalExplorer:
    return explore_traversals(model, dataset, sample=1)


@pytest.fixture
def private(dataset) -> TraversalExplorer:
    torch.manual_seed(3)
    likelihoods = {"grey": "bernoulli", "text": "categorical"}
    sizes = {"photo": 2, "grey": 3, "text": 2, "numbers": 4}
    config = MoPoEConfig(4, 5, DIMS, decoders_dist=likelihoods, modalities_specific_dim=sizes)
    return explore_traversals(MoPoE(config).eval(), dataset, sample=1)
