"""Playing and pausing keep the course exact, and nothing is left running."""

from __future__ import annotations

import threading

import pytest
import torch

from tests.topics.live_training.courses import SECONDS, losses, trained
from workbench.topics.live_training.explorer import TrainingPlayground, explore_training
from workbench.topics.live_training.runner import Runner


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
