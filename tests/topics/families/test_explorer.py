"""The family explorer: its controls, and what each of them changes."""

from __future__ import annotations

import pytest

from mopoe import MoPoE
from workbench.topics.families.arrays import NLLCurve
from workbench.topics.families.explorer import explore_families
from workbench.topics.families.nll_figure import draws_scale, nearest_draws
from workbench.topics.families.state import DRAWS


def curves(explorer) -> dict[str, NLLCurve]:
    return explorer.current.likelihoods.curves


def drag(explorer, x):
    number = explorer.views["nll"].drag.get("number", 0) + 1
    explorer.views["nll"].drag = {"key": "K", "x": x, "y": 100.0, "final": True, "number": number}


@pytest.mark.parametrize(
    ("name", "value", "changed"),
    [
        ("sample", 7, {"pictures", "planes", "nll", "differences"}),
        ("posterior", "mixture", {"pictures", "planes"}),
        ("n_draws", 3, {"pictures", "planes"}),
        ("target", "imagined", {"nll", "differences"}),
        ("proposal", "product", {"nll", "differences"}),
        ("n_images", 4, {"nll", "differences"}),
        ("K", 16, {"nll", "differences"}),
    ],
)
def test_a_control_changes_the_state_and_its_panels_alone(explorer, name, value, changed):
    before = dict(explorer.panels)
    explorer.controls[name].value = value
    assert getattr(explorer.state, name) == value
    assert {panel for panel, shown in explorer.panels.items() if shown != before[panel]} == changed
    assert explorer.message.value == ""


def test_setting_the_state_moves_the_controls(explorer):
    explorer.state.update({"K": 8, "target": "imagined", "sample": 2, "shown": ["c"]})
    on = explorer.controls
    assert (on["K"].value, on["target"].value, on["sample"].value) == (8, "imagined", 2)
    assert [name for name, box in explorer._cards.boxes.items() if box.value] == ["c"]


def test_a_card_shows_the_modality_to_all_families(explorer):
    explorer._cards.boxes["c"].value = True
    assert [view.generation.shown for view in explorer.current.views.values()] == [["a", "b", "c"]] * 3


def test_new_noise_changes_draws_and_estimates(explorer):
    draws = explorer.current.views["MoPoE"].generation.draws["c"]
    value = curves(explorer)["MoPoE"].values[-1]
    explorer.controls["noise"].click()
    assert (explorer.current.views["MoPoE"].generation.draws["c"] != draws).any()
    assert curves(explorer)["MoPoE"].values[-1] != value


def test_dragging_the_line_chooses_the_number_of_draws(explorer):
    likelihoods, pictures = explorer.current.likelihoods, explorer.panels["pictures"]
    scale = draws_scale(DRAWS)
    for K in DRAWS:
        drag(explorer, scale(K) + 3)
        assert explorer.state.K == K
        assert f"with {K} draws" in explorer.panels["nll"].about
        assert explorer.current.likelihoods is likelihoods  # moving K costs no new draws
        assert explorer.panels["pictures"] is pictures
    explorer.state.undo()
    assert explorer.state.K == 256  # the whole drag is one step


def test_arrow_keys_double_and_halve(explorer):
    for dx, K in ((1, 512), (1, 1024), (1, 1024), (-1, 512)):
        explorer.views["nll"]._handle_custom_msg(
            {"kind": "nudge", "key": "K", "dx": dx, "dy": 0, "far": False}, []
        )
        assert explorer.state.K == K


def test_nearest_number_of_draws_beyond_the_ends():
    assert (nearest_draws(-50, DRAWS), nearest_draws(9_999, DRAWS)) == (2, 1024)


def test_presets(explorer):
    for name, values in explorer.presets.items():
        explorer.controls["presets"].value = name
        assert {key: getattr(explorer.state, key) for key in values} == values
        assert explorer.message.value == ""
    assert explorer.state.K == 1024


def test_likelihoods_are_kept(explorer, monkeypatch):
    found = explorer.current.likelihoods
    monkeypatch.setattr(MoPoE, "estimate_nll", None)  # another estimate would fail
    explorer.state.shown = ["c"]
    explorer.state.posterior = "mixture"
    assert explorer.message.value == ""
    assert explorer.current.likelihoods is found


def test_nothing_is_left_to_imagine(explorer, truth):
    explorer.state.update({"shown": truth.modalities, "target": "imagined"})
    assert explorer.current.likelihoods.curves == {}
    assert "nothing is left" in explorer.panels["nll"].body
    assert explorer.message.value == ""


def test_undo_and_reset(explorer):
    first, panels = explorer.state.to_dict(), dict(explorer.panels)
    explorer.state.target = "imagined"
    explorer.state.posterior = "mixture"
    explorer.controls["undo"].click()
    assert (explorer.state.posterior, explorer.state.target) == ("product", "imagined")
    explorer.controls["reset"].click()
    assert explorer.state.to_dict() == first
    assert explorer.panels == panels


def test_answers_hide_until_they_are_asked_for(explorer):
    explorer.state.predict_first = True
    assert "Predict first" in explorer.views["nll"].svg
    assert "nats" not in explorer.status.value
    explorer.controls["reveal"].click()
    assert "MMVAE" in explorer.views["nll"].svg


def test_hidden_controls_and_panels(models, data):
    explorer = explore_families(models, data, hide=["differences", "proposal"])
    assert explorer.views["differences"].layout.display == "none"
    assert explorer.controls["proposal"].layout.display == "none"
    assert "Who is better" not in explorer.figure().body
