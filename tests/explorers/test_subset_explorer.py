"""Every control changes what it says, and nothing else; errors are shown and survived."""

from __future__ import annotations

import base64
import json

import pytest
import torch
from traitlets import TraitError

from workbench.explorers import explore_subsets
from workbench.figures.generation import generation_sheet
from workbench.views import show_ladder


@pytest.fixture
def explorer(model, dataset):
    return explore_subsets(model, dataset, shown=["photo"], n_draws=3)


def test_ticking_a_box_shows_the_modality_to_the_model(explorer):
    before = explorer.generated
    explorer.boxes["numbers"].value = True
    assert explorer.state.shown == ["photo", "numbers"]
    assert explorer.generated.shown == ["photo", "numbers"]
    assert (explorer.generated.mean["text"] != before.mean["text"]).any()


def test_the_picture_is_that_of_the_arrays(explorer):
    assert explorer.image.value == generation_sheet(explorer.generated)


def test_setting_the_state_moves_the_controls(explorer):
    explorer.state.shown = ["grey", "text"]
    explorer.state.sample = 5
    ticked = [name for name, box in explorer.boxes.items() if box.value]
    assert ticked == ["grey", "text"]
    assert explorer.slider.value == 5


def test_the_slider_changes_the_sample(explorer, dataset):
    explorer.slider.value = 7
    assert (explorer.generated.data["numbers"] == dataset[7].data["numbers"].numpy()).all()
    assert explorer.generated.label == 7


def test_noise_stays_until_new_noise_is_asked_for(explorer):
    draws = explorer.generated.draws["grey"]
    explorer.state.shown = ["grey"]
    explorer.state.shown = ["photo"]
    assert (explorer.generated.draws["grey"] == draws).all()
    explorer.noise.click()
    assert (explorer.generated.draws["grey"] != draws).any()


def test_number_of_draws(explorer):
    explorer.draws.value = 5
    assert explorer.generated.draws["photo"].shape == (5, 3, 28, 28)


def test_nothing_shown_draws_from_the_prior(explorer):
    explorer.boxes["photo"].value = False
    assert explorer.generated.shown == []
    assert explorer.generated.divergence == 0
    assert "prior" in explorer.answer.value


def test_a_missing_modality_cannot_be_shown(explorer):
    explorer.state.sample = 3
    assert explorer.boxes["photo"].disabled
    assert explorer.generated.shown == []
    assert explorer.message.value == ""


def test_the_choice_outlives_a_sample_that_lacks_it(explorer):
    picture = explorer.picture
    explorer.state.sample = 3
    explorer.state.sample = 0
    assert explorer.generated.shown == ["photo"]
    assert explorer.picture == picture


def test_what_stands_under_a_missing_modality_is_never_drawn(model, dataset):
    before = explore_subsets(model, dataset, sample=3, shown=["grey"]).picture
    dataset.data["photo"][3] = float("nan")
    assert explore_subsets(model, dataset, sample=3, shown=["grey"]).picture == before
    assert show_ladder(model, dataset, 3).png


def test_networks_generate_in_evaluation_mode_and_keep_their_own(model, dataset):
    model.encoders["photo"].features.append(torch.nn.Dropout(0.9))
    model.train()
    first = explore_subsets(model, dataset, shown=["photo"]).picture
    assert explore_subsets(model, dataset, shown=["photo"]).picture == first
    assert model.training


def test_state_round_trips_through_json(explorer, model, dataset):
    explorer.state.sample = 2
    explorer.boxes["text"].value = True
    again = explore_subsets(model, dataset, **json.loads(json.dumps(explorer.state.to_dict())))
    assert again.picture == explorer.picture


def test_an_error_is_shown_and_the_explorer_keeps_working(explorer, monkeypatch):
    def broken(z):
        raise ArithmeticError("decoder <broke>")

    monkeypatch.setattr(explorer.model.decoders["grey"], "forward", broken)
    explorer.boxes["text"].value = True
    assert "ArithmeticError" in explorer.message.value
    assert "&lt;broke&gt;" in explorer.message.value
    monkeypatch.undo()
    explorer.boxes["text"].value = False
    assert explorer.message.value == ""
    assert explorer.generated.shown == ["photo"]


def test_a_printed_notebook_shows_the_picture(explorer):
    bundle = explorer._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]) == explorer.picture
    assert "application/vnd.jupyter.widget-view+json" in bundle


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"sample": 12}, TraitError, "0 to 11"),
        ({"sample": -1}, TraitError, "0 to 11"),
        ({"shown": ["smell"]}, TraitError, "smell"),
        ({"n_draws": 0}, TraitError, "at least 1"),
        ({"colour": "red"}, ValueError, "colour"),
    ],
)
def test_bad_options(model, dataset, options, error, said):
    with pytest.raises(error, match=said):
        explore_subsets(model, dataset, **options)


def test_data_that_are_not_the_models_are_refused(model, dataset):
    with pytest.raises(TypeError, match="MultimodalBaseDataset, got dict"):
        explore_subsets(model, dataset.data)
    fewer = type(dataset)({"photo": dataset.data["photo"][:3]}, {"photo": dataset.masks["photo"][:3]})
    with pytest.raises(ValueError, match="modalities"):
        explore_subsets(model, fewer)
