"""Explorers of one model and the samples of a data set refuse what does not belong together."""

from __future__ import annotations

import pytest

from workbench.explorers import explore_subsets, explore_traversals
from workbench.widgets.sample_explorer import SampleExplorer


@pytest.mark.parametrize("explore", [explore_subsets, explore_traversals])
def test_data_that_are_not_the_models_are_refused(explore, model, dataset):
    with pytest.raises(TypeError, match="MultimodalBaseDataset, got dict"):
        explore(model, dataset.data)
    with pytest.raises(ValueError, match=r"texts: expected modalities among .* got 'smell'"):
        explore(model, dataset, texts={"smell": str})
    with pytest.raises(TypeError, match="MoPoE, got str"):
        explore("model", dataset)
    fewer = type(dataset)({"photo": dataset.data["photo"][:3]}, {"photo": dataset.masks["photo"][:3]})
    with pytest.raises(ValueError, match="modalities"):
        explore(model, fewer)


@pytest.mark.parametrize("example", ["subsets", "traversals"], indirect=True)
def test_what_it_is_made_of_can_be_asked_for(explorer, example):
    assert isinstance(explorer, SampleExplorer)
    assert explorer.model is example.arguments["model"]
    assert explorer.dataset is example.arguments["dataset"]
    assert explorer.state.modalities == explorer.model.modalities
