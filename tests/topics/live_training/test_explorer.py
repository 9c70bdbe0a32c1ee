"""The same seed learns the same, whoever looks, pauses or changes the rules; and nothing is left running."""

from __future__ import annotations

import ast
import json
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence
from traitlets import TraitError

from workbench.datasets.base import MultimodalDataset, Splits
from workbench.topics.live_training.analysis import look_at
from workbench.topics.live_training.data import digits_on_paper
from workbench.topics.live_training.explorer import TrainingPlayground, explore_training
from workbench.topics.live_training.runner import Runner
from workbench.topics.live_training.state import Settings, TrainingState
from workbench.topics.live_training.trainer import LiveTraining

USUAL = Settings(2.5, "MoPoE", 0.0, 0.003)
SECONDS = 20  # after which a thread is taken to hang


@pytest.fixture(scope="module")
def data() -> Splits:
    return digits_on_paper(n_train=200, n_test=24)


@pytest.fixture
def explorer(data) -> TrainingPlayground:
    made = explore_training(data, step=3, sample=2)
    yield made
    made.pause()
    assert made.runner.join(SECONDS)


def losses(training: LiveTraining) -> np.ndarray:
    history = training.history()
    return np.stack([*history.reconstruction.values(), history.divergence])


def trained(data: Splits, *settings: Settings, seed: int = 0) -> LiveTraining:
    training = LiveTraining(data, seed)
    for step in settings:
        training.step(step)
    return training


# --- the training ---


def test_the_same_seed_gives_the_same_losses_bit_by_bit(data):
    once, twice = (losses(trained(data, *[USUAL] * 6)) for _ in range(2))
    assert (once == twice).all()
    assert (losses(trained(data, *[USUAL] * 6, seed=1)) != once).any()


def test_looking_and_global_randomness_change_nothing(data):
    undisturbed = losses(trained(data, *[USUAL._replace(missing_rate=0.5)] * 6))
    training = LiveTraining(data)
    state = TrainingState(data.train.modalities, 24, shown=["sky"], pictured="sky")
    before = torch.get_rng_state()
    for _ in range(6):
        training.step(USUAL._replace(missing_rate=0.5))
        look_at(training, state)
    assert torch.equal(torch.get_rng_state(), before)
    assert (losses(training) == undisturbed).all()


def test_a_step_is_that_of_adam_on_the_loss_of_the_present_rules(data):
    """Written out once more: gradient of Σ reconstruction + β KL, then the first step of Adam, ± the rate."""
    training = LiveTraining(data, seed=4)
    weights = {name: weight.detach().clone() for name, weight in training.model.named_parameters()}
    other = LiveTraining(data, seed=4)
    settings = Settings(0.7, "MVAE", 0.0, 0.01)
    batches, noise = torch.Generator().manual_seed(4), torch.Generator().manual_seed(5)
    batch = data.train[torch.randint(200, (64,), generator=batches)]
    model = other.model.sharing_networks(subsets="poe")
    terms = model(batch, generator=noise).metrics
    loss = sum(terms[f"recon_{name}"] for name in model.modalities) + 0.7 * terms["joint_divergence"]
    loss.backward()

    training.step(settings)
    assert losses(training)[-1, 0] == terms["joint_divergence"].item()
    for name, weight in other.model.named_parameters():
        moved = training.model.get_parameter(name).detach() - weights[name]
        clear = weight.grad.abs() > 1e-3  # elsewhere Adam's ε tells
        torch.testing.assert_close(moved[clear], -0.01 * weight.grad[clear].sign(), rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize(
    "change", [{"beta": 0.0}, {"family": "MVAE"}, {"missing_rate": 0.5}, {"learning_rate": 0.01}]
)
def test_a_change_matters_from_that_step_on(data, change):
    same = losses(trained(data, *[USUAL] * 8))
    changed = trained(data, *[USUAL] * 4, *[USUAL._replace(**change)] * 4)
    assert (losses(changed)[:, :4] == same[:, :4]).all()
    assert (losses(changed)[:, 6:] != same[:, 6:]).any()
    assert [c.step for c in changed.history().changes] == [4]


def test_the_history_is_that_of_the_settings(data):
    state = TrainingState(data.train.modalities, 24, shown=["sky"], pictured="sky", step=4)
    training = LiveTraining(data)
    training.run_to(state)
    state.beta = 0.5
    state.step = 6
    state.family = "MMVAE"
    state.step = 9
    training.run_to(state)
    expected = [USUAL] * 4 + [USUAL._replace(beta=0.5)] * 2 + [Settings(0.5, "MMVAE", 0.0, 0.003)] * 3
    assert [state.settings_at(i) for i in range(9)] == expected
    assert (losses(training) == losses(trained(data, *expected))).all()
    assert [(c.step, c.words) for c in training.history().changes] == [(4, "β 0.5"), (6, "MMVAE")]


def test_each_sample_keeps_a_view_however_many_are_missing(data):
    assert np.isfinite(losses(trained(data, *[USUAL._replace(missing_rate=0.8)] * 5))).all()


def test_data_with_missing_views_cannot_be_thinned_further(data):
    masks = {name: torch.ones(200, dtype=torch.bool) for name in data.train.modalities}
    train = MultimodalDataset(data.train.data, data.train.labels, masks)
    with pytest.raises(ValueError, match="complete data"):
        trained(replace(data, train=train), USUAL._replace(missing_rate=0.2))


# --- the numbers on the page ---


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


# --- controls and state ---


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


def test_presets_are_values_of_the_state(explorer):
    for name, values in explorer.presets.items():
        explorer.controls["presets"].value = name
        assert values.items() <= explorer.state.to_dict().items()


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


# --- playing ---


class Watcher:
    """A page that answers as many frames as it is told to, and lets a test wait for steps and frames."""

    def __init__(self, answers: int, speed: str = "fast", patience: float = 0.05, fail_at: int = 0) -> None:
        self.steps, self.frames, self.errors = 0, [], []
        self.answers, self.fail_at = answers, fail_at
        self.some = threading.Condition()
        self.runner = Runner(self.step, self.show, self.errors.append, lambda: speed, patience)

    def step(self) -> None:
        with self.some:
            self.steps += 1
            self.some.notify_all()
        if self.steps == self.fail_at:
            raise FloatingPointError("no number")

    def show(self, number: int) -> None:
        self.frames.append(number)
        if number <= self.answers:
            self.runner.answer(number)

    def wait_for_steps(self, count: int) -> None:
        with self.some:
            assert self.some.wait_for(lambda: self.steps >= count, SECONDS)


def test_it_runs_until_paused_and_goes_on():
    watcher = Watcher(answers=10**9, patience=SECONDS)
    watcher.runner.play()
    watcher.wait_for_steps(20)
    watcher.runner.pause()
    assert watcher.runner.join(SECONDS)
    assert not watcher.runner.playing
    done = watcher.steps
    watcher.runner.play()
    watcher.wait_for_steps(done + 5)
    watcher.runner.pause()
    assert watcher.runner.join(SECONDS)
    assert watcher.errors == [None, None]
    assert watcher.frames == list(range(1, len(watcher.frames) + 1))


@pytest.mark.parametrize("answers", [0, 3])
def test_it_ends_by_itself_when_nobody_answers(answers):
    watcher = Watcher(answers, speed="normal")
    watcher.runner.play()
    assert watcher.runner.join(SECONDS)
    # One more than answered, and one more under way.
    assert watcher.frames == list(range(1, answers + 3))[: len(watcher.frames)]
    assert len(watcher.frames) in (answers + 1, answers + 2)
    assert watcher.errors == [None]


def test_slow_motion_is_paused_in_the_middle_of_its_wait():
    watcher = Watcher(answers=10**9, speed="slow", patience=SECONDS)
    watcher.runner.play()
    watcher.wait_for_steps(1)
    watcher.runner.pause()
    assert watcher.runner.join(SECONDS)
    assert watcher.steps == 1


def test_a_pause_is_heard_while_it_waits_for_the_page():
    watcher = Watcher(answers=0, speed="normal", patience=10 * SECONDS)
    watcher.runner.play()
    watcher.wait_for_steps(3)
    watcher.runner.pause()
    assert watcher.runner.join(SECONDS)


def test_what_goes_wrong_ends_it_and_is_told():
    watcher = Watcher(answers=10**9, patience=SECONDS, fail_at=3)
    watcher.runner.play()
    assert watcher.runner.join(SECONDS)
    assert [type(error) for error in watcher.errors] == [FloatingPointError]
    assert watcher.steps == 3


def test_only_one_runs_at_a_time(data):
    watcher = Watcher(answers=10**9, patience=SECONDS)
    watcher.runner.play()
    explore_training(data)
    assert watcher.runner.join(SECONDS)


def play_until(explorer: TrainingPlayground, steps: int) -> None:
    """Play with a page that answers at once, until so many steps are done."""
    reached = threading.Event()
    explorer.state.observe(lambda change: reached.set() if change["new"] >= steps else None, names="step")
    view = explorer.views["curves"]
    view.observe(lambda change: setattr(view, "seen", change["new"]), names="frame")
    explorer.controls["play"].click()
    assert explorer.runner.playing
    assert explorer.controls["play"].description == "pause"
    assert reached.wait(SECONDS)


def test_playing_pausing_and_changing_rules_keeps_the_course_exact(explorer, data):
    play_until(explorer, 12)
    explorer.state.beta = 0.0  # from another thread than the one that trains
    play_until_more = explorer.state.step + 5
    reached = threading.Event()
    explorer.state.observe(lambda c: reached.set() if c["new"] >= play_until_more else None, names="step")
    assert reached.wait(SECONDS)
    explorer.controls["play"].click()
    assert explorer.runner.join(SECONDS)
    assert explorer.controls["play"].description == "play"
    assert explorer.state.step == explorer.current.step == explorer.training.done
    course = [explorer.state.settings_at(i) for i in range(explorer.state.step)]
    assert {settings.beta for settings in course} == {2.5, 0.0}
    assert (losses(explorer.training) == losses(trained(data, *course))).all()
    explorer.state.undo()
    assert explorer.state.beta == 2.5  # one change, however many steps


def test_a_loss_that_is_no_number_pauses_and_is_said(explorer):
    with torch.no_grad():
        next(explorer.training.model.parameters()).fill_(float("nan"))
    explorer.controls["play"].click()
    assert explorer.runner.join(SECONDS)
    assert "finite loss" in explorer.message.value
    assert explorer.controls["play"].description == "play"
    assert explorer.state.step == 3
    explorer.controls["ten"].click()
    assert "finite loss" in explorer.message.value
    assert explorer.state.step == 3
    explorer.controls["again"].click()
    explorer.controls["one"].click()
    assert explorer.message.value == ""
    assert explorer.current.step == 1


def test_closing_the_widget_ends_it(explorer):
    play_until(explorer, 5)
    explorer.views["curves"].close()
    assert explorer.runner.join(SECONDS)
