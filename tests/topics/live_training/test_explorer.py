"""The training playground: its numbers, its controls, and what its state remembers of the course."""

from __future__ import annotations

import ast
import json

import numpy as np
import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence
from traitlets import TraitError

from tests.topics.live_training.courses import USUAL, losses
from workbench.topics.live_training.explorer import explore_training
from workbench.topics.live_training.state import Settings


def test_ellipses_and_divergence_are_those_of_the_product(explorer, data):
    """Natural parameters of the experts, added up in double precision."""
    explorer.state.shown = ["paper", "board"]
    experts = explorer.training.model.modality_encode(data.test[2])
    precision = sum(torch.exp(-experts[m].log_covariance[0].double()) for m in ("paper", "board"))
    weighted = sum(
        torch.exp(-experts[m].log_covariance[0].double()) * experts[m].embedding[0].double()
        for m in ("paper", "board")
    )
    product = Independent(Normal(weighted / precision, precision**-0.5), 1)
    prior = Independent(Normal(torch.zeros(2).double(), torch.ones(2).double()), 1)
    moment = explorer.current
    (own,) = (gaussian for gaussian in moment.plane.gaussians if gaussian.role == "posterior")
    np.testing.assert_allclose(own.centre, product.mean.detach().numpy(), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(np.diag(own.covariance), product.variance.detach().numpy(), rtol=1e-4)
    assert moment.divergence == pytest.approx(kl_divergence(product, prior).item(), rel=1e-4)


def test_the_map_has_the_orientation_of_the_plane(explorer):
    decoder = explorer.training.model.decoders["paper"]
    with torch.no_grad():
        upper_right = decoder(torch.tensor([[2.0, 2.0]])).reconstruction[0].numpy()
        lower_right = decoder(torch.tensor([[2.0, -2.0]])).reconstruction[0].numpy()
    pictures = explorer.current.map.pictures
    np.testing.assert_allclose(pictures[0, -1], upper_right, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(pictures[-1, -1], lower_right, rtol=1e-4, atol=1e-5)


def test_buttons_step_and_start_again(explorer):
    explorer.controls["one"].click()
    assert explorer.state.step == explorer.current.step == 4
    explorer.controls["ten"].click()
    assert explorer.current.history.steps == 14
    before = losses(explorer.training)
    explorer.controls["again"].click()
    assert explorer.state.step == explorer.current.step == 0
    explorer.controls["ten"].click()
    assert (losses(explorer.training) == before[:, :10]).all()
    explorer.controls["other"].click()
    assert (explorer.state.seed, explorer.state.step) == (1, 0)


def test_controls_change_what_comes_next_and_what_is_looked_at(explorer):
    explorer.controls["beta"].value = 0.0
    explorer.controls["family"].value = "MVAE"
    explorer.controls["missing_rate"].value = 0.5
    explorer.controls["learning_rate"].value = 0.001
    assert explorer.state.settings == Settings(0.0, "MVAE", 0.5, 0.001)
    assert explorer.state.earlier == [[3, 2.5, "MoPoE", 0.0, 0.003]]
    weights = [weight.detach().clone() for weight in explorer.training.model.parameters()]
    for control, value, panel in (("sample", 7, "pictures"), ("pictured", "board", "map")):
        before = explorer.panels[panel]
        explorer.controls[control].value = value
        assert explorer.panels[panel] != before
    plane = explorer.panels["plane"]
    explorer._cards.boxes["board"].value = True
    assert explorer.panels["plane"] != plane
    assert all(map(torch.equal, weights, explorer.training.model.parameters()))


def test_the_curves_tell_where_rules_changed(explorer):
    explorer.state.beta = 5.0
    explorer.state.step = 6
    assert "β 5 from step 3" in explorer.panels["curves"].about
    assert ">β 5<" in explorer.panels["curves"].body


def test_undo_takes_back_rules_and_no_training(explorer):
    explorer.state.beta = 1.0
    explorer.state.step = 5
    explorer.state.family = "MMVAE"
    explorer.state.step = 8
    explorer.controls["undo"].click()
    assert explorer.state.settings == Settings(1.0, "MoPoE", 0.0, 0.003)
    assert explorer.state.step == explorer.training.done == 8
    explorer.controls["undo"].click()
    explorer.controls["undo"].click()
    assert explorer.state.settings == USUAL
    used = [explorer.state.settings_at(i).family for i in range(8)]
    assert used == ["MoPoE"] * 5 + ["MMVAE"] * 3


def test_a_change_taken_back_before_any_step_leaves_no_mark(explorer):
    explorer.state.beta = 1.0
    explorer.state.beta = 2.5
    assert explorer.state.earlier == []


def test_reset_returns_to_where_it_started(explorer):
    panels = dict(explorer.panels)
    explorer.state.beta = 0.0
    explorer.state.step = 9
    explorer.controls["reset"].click()
    assert explorer.state.step == 3
    assert explorer.panels == panels


def test_the_state_round_trips_through_json_with_its_course(explorer, data):
    explorer.state.update({"family": "MMVAE", "shown": ["sky", "board"], "pictured": "sky"})
    explorer.state.step = 6
    explorer.state.missing_rate = 0.4
    explorer.state.step = 8
    copy = explore_training(data, **json.loads(json.dumps(explorer.state.to_dict())))
    assert copy.panels == explorer.panels
    call = ast.parse(explorer.as_python(), mode="eval").body
    written = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    assert explore_training(data, **written).panels == copy.panels


def test_errors_are_shown_and_survived(explorer, data):
    explorer.controls["ten"].click()
    done = explorer.state.step
    for name, value in (
        ("beta", 9.0),
        ("family", "vae"),
        ("missing_rate", 0.9),
        ("learning_rate", 0.5),
        ("pictured", "?"),
    ):
        with pytest.raises(TraitError, match=f"{name}: expected"):
            setattr(explorer.state, name, value)
    assert explorer.state.step == done
    with pytest.raises(TraitError, match="rising steps"):
        explore_training(data, earlier=[[5, *USUAL], [5, *USUAL]])
    with pytest.raises(TypeError, match="expected Splits"):
        explore_training(data.train)
    with pytest.raises(ValueError, match="hide: expected some of"):
        explore_training(data, hide=["nothing"])


def test_predict_first_stays_revealed_while_it_learns(explorer):
    explorer.state.predict_first = True
    assert "Predict first" in explorer._visible("plane").text()
    explorer.state.revealed = True
    explorer.state.step += 1
    assert explorer.state.revealed
    explorer.state.beta = 0.0
    assert not explorer.state.revealed


def test_a_page_without_python_replays_a_fresh_training(explorer, tmp_path):
    explorer.controls["ten"].click()
    before = losses(explorer.training)
    path = explorer.to_html(tmp_path / "training.html", frames=4)
    assert path.stat().st_size < 6_000_000
    assert (losses(explorer.training) == before).all()
    (axis,) = explorer.export_axes(frames=4)
    assert axis.values == [0, 4, 9, 13]
    state = explorer.state.twin(step=13)
    assert explorer.figures(state, explorer.answer(state)) == explorer.panels


def test_saving_writes_one_row_a_step(explorer, tmp_path):
    explorer.save(tmp_path / "numbers.csv")
    lines = (tmp_path / "numbers.csv").read_text().splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("step,beta,family,missing_rate,learning_rate")
