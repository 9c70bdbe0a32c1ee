"""Each handle and control of the fusion playground changes what it says; errors are shown and survived."""

from __future__ import annotations

import ast
import json
import math

import numpy as np
import pytest
from traitlets import TraitError

from workbench.topics.fusion.analysis import fuse
from workbench.topics.fusion.explorer import explore_fusion
from workbench.topics.fusion.fusion_figure import place_of
from workbench.topics.fusion.state import MODALITIES

POLICIES = ["full", "all", "none"]


@pytest.fixture
def playground():
    return explore_fusion()


def family(answer, name):
    return {found.name: found for found in answer.families}[name]


def drag(playground, key, x, y, final=True):
    number = playground.views["experts"].drag.get("number", 0) + 1
    playground.views["experts"].drag = {"key": key, "x": x, "y": y, "final": final, "number": number}


def send(playground, **event):
    playground.views["experts"]._handle_custom_msg(event, [])


# --- handles and controls ---


@pytest.mark.parametrize("dimensions", [1, 2])
def test_dragging_a_mean(playground, dimensions):
    playground.state.dimensions = dimensions
    before = playground.current
    drag(playground, "means/touch", 200.0, 120.0)
    place = place_of(200.0, 120.0, dimensions)
    assert playground.current.means[2] == pytest.approx(place, abs=0.005)
    assert (playground.current.means[:2] == before.means[:2]).all()
    assert (playground.current.readings == before.readings).all()
    assert playground.state.expert == "touch"
    assert family(playground.current, "product").to_posterior.value > 0.1
    assert playground.message.value == ""


@pytest.mark.parametrize("dimensions", [1, 2])
def test_dragging_an_edge_changes_the_width_alone(playground, dimensions):
    playground.state.dimensions = dimensions
    before = playground.current
    drag(playground, "widths/sound", 300.0, 150.0)
    place = np.array(place_of(300.0, 150.0, dimensions))
    expected = np.linalg.norm(place - before.means[1])
    assert playground.current.widths[1] == pytest.approx(min(max(expected, 0.15), 2.0), abs=0.005)
    assert (playground.current.means == before.means).all()


def test_dragging_a_reading_changes_what_is_true(playground):
    before = playground.current
    drag(playground, "readings/sight", 150.0, 0.0)
    assert playground.current.evidence < before.evidence
    assert (playground.current.means == before.means).all()
    assert (playground.current.posterior != before.posterior).any()


def test_places_are_those_that_are_drawn(playground):
    for dimensions in (1, 2):
        playground.state.dimensions = dimensions
        for row, name in enumerate(MODALITIES):
            tag = next(
                part for part in playground.panels["experts"].body.split("<") if f'"means/{name}"' in part
            )
            x, y = (float(tag.split(f'{axis}="')[1].split('"')[0]) for axis in ("cx", "cy"))
            assert place_of(x, y, dimensions) == pytest.approx(playground.current.means[row], abs=0.01)


def test_a_drag_beyond_the_end_stops_there(playground):
    drag(playground, "means/sight", 9999.0, 0.0)
    assert playground.state.means[0] == 3.0
    drag(playground, "widths/sight", -9999.0, 0.0)
    assert playground.state.widths[0] == 2.0
    assert playground.message.value == ""


def test_arrow_keys(playground):
    send(playground, kind="nudge", key="means/sound", dx=1, dy=0, far=False)
    assert playground.state.means[1] == pytest.approx(1.1)
    send(playground, kind="nudge", key="means/sound", dx=-1, dy=0, far=True)
    assert playground.state.means[1] == pytest.approx(0.6)
    send(playground, kind="nudge", key="widths/sound", dx=0, dy=-1, far=False)
    assert playground.state.widths[1] == pytest.approx(0.7)
    up = playground.state.means_up[1]
    send(playground, kind="nudge", key="means/sound", dx=0, dy=-1, far=False)
    assert playground.state.means_up[1] == up  # a line has no up
    playground.state.dimensions = 2
    send(playground, kind="nudge", key="means/sound", dx=0, dy=-1, far=False)
    assert playground.state.means_up[1] == pytest.approx(up + 0.1)


def test_a_name_switches_its_expert(playground):
    assert 'data-key="sight/touch"' in playground.views["experts"].svg
    send(playground, kind="click", key="sight/touch")
    assert playground.state.shown == ["sight", "touch"]
    assert len(family(playground.current, "MoPoE").components) == 3
    assert family(playground.current, "product").shares["sound"] == 0
    assert 'data-key="sight/sound/touch"' in playground.views["experts"].svg
    playground.state.undo()
    assert playground.state.shown == list(MODALITIES)


def test_the_last_expert_stays(playground):
    playground.state.shown = ["touch"]
    panels = dict(playground.panels)
    send(playground, kind="click", key="")
    assert "at least one modality" in playground.message.value
    assert playground.state.shown == ["touch"]
    assert playground.panels == panels
    playground.state.expert = "touch"
    playground._sliders.present.value = False
    assert playground._sliders.present.value
    assert playground.state.shown == ["touch"]
    playground.state.shown = ["sight"]
    assert playground.message.value == ""


def test_sliders_are_those_of_the_chosen_expert(playground):
    playground.state.update({"means": [0.0, 1.5, -2.0], "expert": "touch"})
    sliders = playground._sliders
    assert sliders.sliders["means"].value == -2.0
    sliders.sliders["means"].value = -1.0
    assert playground.state.means == [0.0, 1.5, -1.0]
    sliders.choice.value = "sound"
    assert sliders.sliders["means"].value == 1.5
    for name, value in {"widths": 1.2, "readings": -0.5, "noise": 1.0}.items():
        sliders.sliders[name].value = value
        assert getattr(playground.state, name)[1] == value
    assert playground.current.evidence == fuse(playground.state).evidence
    assert sliders.sliders["means_up"].layout.display == "none"
    playground.controls["dimensions"].value = 2
    assert sliders.sliders["means_up"].layout.display == ""
    sliders.present.value = False
    assert playground.state.shown == ["sight", "touch"]


def test_more_draws_tighten_the_bound(playground):
    playground.state.update(playground.presets["conflict"])
    gaps = []
    for K in (1, 8, 64):
        playground.controls["K"].value = K
        gaps.append(
            playground.current.evidence - family(playground.current, "mixture").bounds["importance"].value
        )
    assert gaps[0] > gaps[1] > gaps[2]
    assert "K = 64 draws" in playground.panels["bounds"].body


def test_the_prior_expert_is_the_library_s(playground):
    widths = {}
    for policy in POLICIES:
        playground.controls["prior_expert"].value = policy
        pair = family(playground.current, "MoPoE")
        widths[policy] = (pair.sds[0, 0], pair.sds[-1, 0])
    assert widths["all"][0] < widths["full"][0] == widths["none"][0]
    assert widths["all"][1] == widths["full"][1] < widths["none"][1]


def test_noise_is_common_and_its_own_seed(playground):
    first = family(playground.current, "mixture").bounds["importance"]
    playground.state.means = [0.0, 1.0, 1.3]
    playground.state.undo()
    assert family(playground.current, "mixture").bounds["importance"] == first
    playground.state.seed = 5
    assert family(playground.current, "mixture").bounds["importance"] != first


@pytest.mark.parametrize("dimensions", [1, 2])
def test_presets_show_what_their_names_say(playground, dimensions):
    playground.state.dimensions = dimensions
    assert list(playground.presets) == ["agree", "conflict", "one vague", "one overconfident", "one missing"]
    seen = {}
    for name, values in playground.presets.items():
        playground.controls["presets"].value = name
        assert playground.message.value == ""
        assert playground.state.dimensions == dimensions
        assert all(getattr(playground.state, key) == value for key, value in values.items())
        seen[name] = {found.name: found for found in playground.current.families}
    for name in ("agree", "conflict", "one vague", "one missing"):
        assert seen[name]["product"].to_posterior.value == pytest.approx(0, abs=1e-9)
    assert seen["conflict"]["mixture"].to_posterior.value > seen["agree"]["mixture"].to_posterior.value + 2
    assert seen["one vague"]["product"].shares["touch"] < 0.05
    sure = seen["one overconfident"]
    assert sure["product"].shares["sound"] > 0.8
    assert sure["product"].to_posterior.value > sure["mixture"].to_posterior.value + 2
    assert sure["mixture"].weights == pytest.approx(1 / 3)
    assert seen["one missing"]["product"].components == [("sight", "sound")]


# --- what every explorer promises ---


def test_undo_takes_back_one_drag_at_a_time(playground):
    for x in range(200, 260, 10):
        drag(playground, "means/sight", float(x), 0.0, final=False)
    for x in range(300, 360, 10):
        drag(playground, "means/sound", float(x), 0.0, final=False)
    sight = playground.state.means[0]
    playground.controls["undo"].click()
    assert playground.state.means == [sight, 1.0, 1.3]
    playground.controls["reset"].click()
    assert playground.state.means == [0.7, 1.0, 1.3]


@pytest.mark.parametrize("dimensions", [1, 2])
def test_state_round_trips_through_json(dimensions):
    playground = explore_fusion(
        dimensions=dimensions, shown=["sight", "sound"], widths=[0.3, 1.0, 2.0], K=5, seed=3
    )
    again = explore_fusion(**json.loads(json.dumps(playground.state.to_dict())))
    assert again.panels == playground.panels
    call = ast.parse(playground.as_python(), mode="eval").body
    values = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    assert call.func.id == "explore_fusion"
    assert explore_fusion(**values).panels == playground.panels


def test_prediction_comes_first():
    playground = explore_fusion(predict_first=True)
    hidden = playground.views["densities"].svg
    assert "Predict first" in hidden
    assert "product" not in playground.status.value
    drag(playground, "means/sound", 200.0, 0.0)
    assert playground.views["densities"].svg == hidden
    playground.controls["reveal"].click()
    assert playground.views["densities"].svg == playground.panels["densities"].text()


def test_what_a_lesson_hides():
    playground = explore_fusion(hide=["bounds", "sliders", "prior_expert"])
    assert playground.views["bounds"].layout.display == "none"
    assert playground.controls["sliders"].layout.display == "none"
    assert "Three bounds" not in playground.figure().text()
    with pytest.raises(ValueError, match=r"hide: .*'pictures'"):
        explore_fusion(hide=["pictures"])


@pytest.mark.parametrize("dimensions", [1, 2])
def test_elements_stay_in_order_while_an_expert_moves(playground, dimensions):
    playground.state.dimensions = dimensions
    shapes = set()
    for x in (150.0, 250.0, 350.0):
        drag(playground, "means/sound", x, 100.0)
        texts = [playground.panels[name].body for name in ("experts", "densities", "bounds", "shares")]
        shapes.add(tuple(tuple(part.split()[0] for part in text.split("<")[1:]) for text in texts))
    # Closing tags and all: the page morphs one tree into the other.
    assert len({tuple(len(text) for text in shape) for shape in shapes}) == 1


@pytest.mark.parametrize(
    ("values", "error", "said"),
    [
        ({"dimensions": 3}, TraitError, "dimensions: expected 1 to 2, got 3"),
        ({"shown": []}, TraitError, "shown: expected at least one modality"),
        ({"shown": ["smell"]}, TraitError, "shown: .*'smell'"),
        (
            {"means": [0.0, 1.0]},
            TraitError,
            r"means: expected one number for each of sight.*got \[0.0, 1.0\]",
        ),
        ({"means": [0.0, 1.0, 9.0]}, TraitError, "means: expected -3.0 to 3.0, got 9.0"),
        ({"widths": [0.0, 1.0, 1.0]}, TraitError, "widths: expected 0.15 to 2.0, got 0.0"),
        ({"noise": [0.5, 0.5, math.nan]}, TraitError, "noise: expected 0.2 to 2.0, got nan"),
        ({"prior_expert": "some"}, TraitError, "prior_expert: .*'some'"),
        ({"K": 65}, TraitError, "K: expected 1 to 64, got 65"),
        ({"expert": "smell"}, TraitError, "expert: .*'smell'"),
        ({"colour": "red"}, ValueError, "state: .*'colour'"),
    ],
)
def test_bad_values_are_named(values, error, said):
    with pytest.raises(error, match=said):
        explore_fusion(**values)


def test_files(playground, tmp_path):
    for path in ("a.svg", "a.png", "a.csv"):
        assert playground.save(tmp_path / path)[0].stat().st_size > 500
    assert "ln p(x)" in (tmp_path / "a.csv").read_text()
    page = playground.to_html(tmp_path / "a.html", places=3, widths=(0.3, 1.0))
    assert 10_000 < page.stat().st_size < 6_000_000
    with pytest.raises(TypeError, match="samples"):
        playground.to_html(tmp_path / "b.html", samples=3)
