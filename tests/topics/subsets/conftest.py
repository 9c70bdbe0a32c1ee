"""A subset explorer on a model and data of every kind."""

from __future__ import annotations

import pytest

from workbench.explorers import SubsetExplorer, explore_subsets


@pytest.fixture
def explorer(model, dataset) -> SubsetExplorer:
    return explore_subsets(model, dataset, shown=["photo"], n_draws=3)
