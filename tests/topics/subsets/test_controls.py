"""Every control of the subset explorer changes what it says, and nothing else."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
import torch

from mopoe import MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.explorers import explore_subsets
from workbench.posteriors.generation_figure import generation_sheet


def test_ticking_a_box_shows_the_modality_to_the_model(explorer):
    before = explorer.current[0].generation
    explorer._cards.boxes["numbers"].value = True
    assert explorer.state.shown == ["photo", "numbers"]
    assert explorer.current[0].generation.shown == ["photo", "numbers"]
    assert (explorer.current[0].generation.mean["text"] != before.mean["text"]).any()


def test_the_views_show_the_panels(explorer):
    assert explorer.views["pictures"].value == generation_sheet(explorer.current[0].generation)
    for name in ("lattice", "plane", "shares", "terms"):
        assert explorer.views[name].svg == explorer.panels[name].text()


def test_clicking_a_subset_chooses_it(explorer):
    explorer.views["lattice"]._handle_custom_msg({"kind": "click", "key": '["grey","text"]'}, [])
    assert explorer.state.shown == ["grey", "text"]
    ticked = [name for name, box in explorer._cards.boxes.items() if box.value]
    assert ticked == ["grey", "text"]
    assert (
        'data-key="[&quot;grey&quot;,&quot;text&quot;]" role="button" tabindex="0" aria-pressed="true"'
        in explorer.views["lattice"].svg
    )


def test_setting_the_state_moves_the_controls(explorer):
    explorer.state.update({"shown": ["grey", "text"], "sample": 5, "posterior": "mixture", "n_draws": 2})
    assert [name for name, box in explorer._cards.boxes.items() if box.value] == ["grey", "text"]
    assert explorer.controls["sample"].value == 5
    assert explorer.controls["posterior"].value == "mixture"
    assert explorer.controls["n_draws"].value == 2


def test_the_slider_changes_the_sample(explorer, dataset):
    explorer.controls["sample"].value = 7
    assert (explorer.current[0].generation.data["numbers"] == dataset[7].data["numbers"].numpy()).all()
    assert explorer.current[0].generation.label == 7
    assert "sample 7 (label 7)" in explorer.status.value


def test_noise_stays_until_new_noise_is_asked_for(explorer):
    draws = explorer.current[0].generation.draws["grey"]
    explorer.state.shown = ["grey"]
    explorer.state.shown = ["photo"]
    assert (explorer.current[0].generation.draws["grey"] == draws).all()
    explorer.controls["noise"].click()
    assert (explorer.current[0].generation.draws["grey"] != draws).any()


def test_without_the_same_noise_every_change_draws_anew(explorer):
    draws = explorer.current[0].generation.draws["grey"]
    explorer.state.same_noise = False
    explorer.state.shown = ["grey"]
    explorer.state.shown = ["photo"]
    assert (explorer.current[0].generation.draws["grey"] != draws).any()


def test_number_of_draws(explorer):
    explorer.controls["n_draws"].value = 5
    assert explorer.current[0].generation.draws["photo"].shape == (5, 3, 28, 28)
    explorer.controls["draw"].value = "mean"
    assert explorer.current[0].generation.draws["photo"].shape == (0, 3, 28, 28)


@pytest.mark.parametrize(
    ("name", "value", "panel"),
    [
        ("quantity", "distance", "lattice"),
        ("quantity", "log_likelihood", "lattice"),
        ("posterior", "mixture", "plane"),
        ("posterior", "component", "pictures"),
        ("prior_expert", "all", "terms"),
        ("draw", "mean", "pictures"),
        ("n_draws", 7, "pictures"),
        ("swap", "photo", "pictures"),
        ("seed", 5, "pictures"),
    ],
)
def test_every_control_changes_its_panel_and_undo_brings_it_back(model, dataset, name, value, panel):
    explorer = explore_subsets(model, dataset, shown=["photo", "grey"], swap_sample=4)
    before = dict(explorer.panels)
    setattr(explorer.state, name, value)
    assert explorer.message.value == ""
    assert explorer.panels[panel] != before[panel]
    explorer.state.undo()
    assert explorer.panels == before


def test_undo_takes_a_run_of_a_slider_as_one_step(explorer):
    explorer.state.shown = ["grey"]
    for sample in (1, 2, 5):
        explorer.state.sample = sample
    explorer.state.undo()
    assert (explorer.state.sample, explorer.state.shown) == (0, ["grey"])
    explorer.controls["undo"].click()
    assert explorer.state.shown == ["photo"]
    explorer.controls["undo"].click()
    assert explorer.message.value == ""


def test_boxes_follow_the_state_also_where_there_is_no_answer(model, dataset):
    trained = model.sharing_networks(subsets=[["photo", "grey"]])
    explorer = explore_subsets(trained, dataset, shown=["photo"], posterior="mixture")
    explorer.state.shown = ["text"]
    assert "ValueError" in explorer.message.value
    assert [name for name, box in explorer._cards.boxes.items() if box.value] == ["text"]


def test_new_noise_with_every_change_is_part_of_the_change(model, dataset):
    explorer = explore_subsets(model, dataset, shown=["photo"], same_noise=False)
    before = dict(explorer.panels)
    explorer.state.update({"shown": ["grey"], "sample": 2, "posterior": "mixture"})
    assert explorer.state.seed == 1
    explorer.state.shown = ["text"]
    explorer.state.undo()
    explorer.state.undo()
    assert explorer.panels == before
    explorer.state.shown = ["text"]
    explorer.state.reset()
    assert explorer.panels == before


@pytest.mark.parametrize("name", ["left/right", "a b", 'say "<b>hi</b>"', "a_b"])
def test_names_of_any_kind(name):
    dims = {"a": (3,), "b": (3,), name: (3,)}
    model = MoPoE(MoPoEConfig(3, 2, dims, subsets={"one": ["a"], "all": list(dims)}))
    explorer = explore_subsets(model, MultimodalBaseDataset({key: torch.randn(4, 3) for key in dims}))
    keys = [
        node.attrib["data-key"]
        for node in ElementTree.fromstring(explorer.views["lattice"].svg).iter()
        if "data-key" in node.attrib
    ]
    assert len(keys) == 7
    for key in keys:
        explorer.views["lattice"]._handle_custom_msg({"kind": "click", "key": key}, [])
        assert explorer.message.value == ""
        assert explorer.state.shown == json.loads(key)


def test_many_subsets_are_listed_and_searched():
    dims = dict.fromkeys(("red", "green", "blue", "near", "far", "loud", "soft", "warm"), (2,))
    model = MoPoE(MoPoEConfig(8, 2, dims))
    explorer = explore_subsets(model, MultimodalBaseDataset({name: torch.randn(5, 2) for name in dims}))
    assert "255 of 255 subsets" in explorer.panels["lattice"].text()
    assert 'tabindex="0"' in explorer.panels["lattice"].text()
    explorer.controls["search"].value = "red Loud"
    assert "64 of 255 subsets" in explorer.panels["lattice"].text()
    with pytest.raises(ValueError, match="at most 6 modalities"):
        explorer.to_html("lesson.html")
