"""A small model and data set with every kind of modality that is shown."""

from __future__ import annotations

import pytest

from mopoe import IncompleteDataset, MoPoE
from tests.widgets.every_kind import model_of_every_kind, samples_of_every_kind


@pytest.fixture
def model() -> MoPoE:
    return model_of_every_kind()


@pytest.fixture
def dataset() -> IncompleteDataset:
    return samples_of_every_kind()
