"""Every control of the traversal explorer moves what it says."""

from __future__ import annotations

import pytest

from tests.widgets.every_kind import DIMS
from workbench.topics.traversals.explorer import explore_traversals
from workbench.topics.traversals.strip_figure import share_at

ORDER = list(DIMS)


@pytest.mark.parametrize("name", ORDER)
def test_a_private_latent_moves_its_own_modality_alone(private, name):
    private.state.update({"space": f"private:{name}", "offsets": [2.0]})
    changes = private.current.changes
    assert changes[name] > 1e-3
    assert all(changes[other] < 1e-6 for other in ORDER if other != name)
    assert private.panels["changes"].text().count("stays as it is") == 3
    assert f"{name} alone follows" in private.status.value
    size = private.model.style_dims[name]
    shown = [slider for slider in private._sliders.sliders if slider.layout.display == ""]
    assert len(shown) == min(size, 6) == len(private.current.axes.names)


def test_the_shared_latent_moves_all(private):
    private.state.offsets = [2.0]
    assert all(change > 1e-3 for change in private.current.changes.values())
    assert "all 4 modalities follow" in private.status.value


@pytest.mark.parametrize(
    ("name", "value", "panel"),
    [
        ("sample", 5, "pictures"),
        ("shown", ["grey"], "pictures"),
        ("space", "private:grey", "ranking"),
        ("basis", "principal", "ranking"),
        ("offsets", [0.0, 1.0], "changes"),
        ("walked", 3, "strip"),
        ("mode", "line", "line"),
    ],
)
def test_every_value_changes_its_panel_and_undo_brings_it_back(private, name, value, panel):
    before = dict(private.panels)
    setattr(private.state, name, value)
    assert private.message.value == ""
    assert private.panels[panel] != before[panel]
    private.state.undo()
    assert private.panels == before


def test_a_slider_moves_the_latent_and_the_strip_walks_it(explorer):
    strip = explorer.views["strip"].svg
    explorer._sliders.sliders[2].value = 1.5
    assert explorer.state.offsets[2] == 1.5 and explorer.state.walked == 2
    assert explorer.views["strip"].svg != strip
    explorer._sliders.sliders[2].value = 2.0
    explorer.state.undo()
    assert explorer.state.offsets[2] == 0 and explorer._sliders.sliders[2].value == 0
    explorer.state.offsets = [1.0, 1.0]
    assert [slider.value for slider in explorer._sliders.sliders] == [1, 1, 0, 0, 0, 0]
    explorer._sliders.zero.click()
    assert "nothing has moved" in explorer.status.value


def test_bars_columns_and_the_handle(explorer):
    hear = explorer._handle_event
    hear("ranking", {"kind": "click", "key": "4"})
    assert explorer.state.walked == 4
    assert 'data-key="4" role="button" tabindex="0" aria-pressed="true"' in explorer.views["ranking"].svg
    hear("strip", {"kind": "click", "key": "8"})
    assert explorer.state.offsets[4] == 3.0
    strip = explorer.views["strip"].svg
    hear("ruler", {"kind": "drag", "key": "place", "x": 126 + 36 + 2 * 82, "y": 0})
    assert explorer.state.offsets[4] == pytest.approx(-1.5)
    assert explorer.views["strip"].svg == strip  # only the handle moves
    hear("ruler", {"kind": "nudge", "key": "place", "dx": 1, "dy": 0, "far": False})
    assert explorer.state.offsets[4] == pytest.approx(-1.35)
    hear("ruler", {"kind": "drag", "key": "place", "x": -500, "y": 0})
    assert explorer.state.offsets[4] == -3.0
    hear("ruler", {"kind": "nudge", "key": "place", "dx": -1, "dy": 0, "far": True})
    assert explorer.state.offsets[4] == -3.0 and explorer.message.value == ""
    assert share_at(1e9, 9) == 1


def test_play_and_step_go_along_the_line(explorer):
    explorer.state.mode = "line"
    explorer._walker.play.value = 10
    assert explorer.state.position == 0.25
    explorer._walker.forth.click()
    assert explorer.state.position == 0.275 and explorer._walker.play.value == 11
    explorer._walker.back.click()
    assert explorer.state.position == 0.25
    explorer.controls["position"].value = 1.0
    explorer._walker.forth.click()
    assert explorer.state.position == 1.0 and explorer.message.value == ""
    explorer.state.mode = "walk"
    explorer._walker.play.value = 40
    assert explorer.state.offset == 3.0


def test_a_walked_axis_that_a_small_space_lacks_is_its_last(private):
    private.state.update({"walked": 5, "space": "private:photo"})
    private._walker.go_to(1)
    assert private.state.offsets[:2] == [0, 3] and private.state.axis == 1
    assert private.current.changes["photo"] > 1e-3


def test_presets_lead_to_views_and_reset_returns(private):
    assert "style of photo" in private.presets
    for name, values in private.presets.items():
        private.controls["presets"].value = name
        assert private.message.value == ""
        assert values.items() <= private.state.to_dict().items()
    private.controls["reset"].click()
    assert "nothing has moved" in private.status.value


def test_predict_first_hides_pictures_and_changes(explorer):
    explorer.state.predict_first = True
    assert "Predict first" in explorer.views["changes"].svg and "Predict first" in explorer.views["strip"].svg
    assert "follow" not in explorer.status.value
    assert explorer.views["ranking"].svg == explorer.panels["ranking"].text()
    explorer.controls["reveal"].click()
    assert explorer.views["strip"].svg == explorer.panels["strip"].text()


def test_a_page_moves_one_axis_at_a_time(explorer):
    explorer.state.offsets = [1.0, 2.0]
    assert explorer.state.twin(walked=2, offset=-0.75).offsets == [0, 0, -0.75, 0, 0, 0]
    assert explorer.state.offsets[:2] == [1, 2]


def test_what_is_hidden_for_a_lesson_is_not_on_the_page(model, dataset):
    explorer = explore_traversals(model, dataset, hide=["ranking", "sliders"])
    assert explorer.controls["sliders"].layout.display == "none"
    assert "What the data use" not in explorer.figure().text()
    explorer.state.mode = "line"
    explorer.state.mode = "walk"
    assert explorer.controls["sliders"].layout.display == "none"
