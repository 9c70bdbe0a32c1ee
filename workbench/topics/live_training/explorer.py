"""The training playground: a small model learns while its objective is changed under its hands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from ...datasets.base import Splits
from ...drawing.panels import Panel
from ...drawing.svg import number
from ...posteriors.generation_figure import generation_sheet
from ...posteriors.renderers import renderers
from ...posteriors.samples import data_to_draw, present_modalities, take_sample
from ...widgets.cards import ModalityCards
from ...widgets.controls import column, headline, row
from ...widgets.explorer import Explorer
from ...widgets.printing.page_axes import Axis
from ..families.names import FAMILIES
from .analysis import look_at
from .arrays import TrainingMoment
from .curves_figure import curves_figure
from .data import digits_on_paper
from .map_figure import map_sheet
from .plane_figure import latent_figure
from .runner import Runner, pause_all
from .settings_controls import settings_controls
from .state import TrainingState
from .trainer import LiveTraining

PRESETS: dict[str, dict[str, Any]] = {
    "as the paper": {"beta": 2.5, "family": "MoPoE", "missing_rate": 0.0},
    "no divergence": {"beta": 0.0},
    "too much divergence": {"beta": 5.0},
    "product of experts only": {"family": "MVAE"},
    "half is missing": {"missing_rate": 0.5},
}


class TrainingPlayground(Explorer):
    """A model with a two-dimensional latent space, learning live.

    Panels: ``plane`` (the latent space), ``curves`` (terms of the loss, and where settings were changed),
    ``pictures`` (expected data of the chosen sample) and ``map`` (expected data all over the latent space).

    It starts paused. While it plays, settings hold from the next step on. The state tells the whole course:
    a playground made with the same values trains to the same weights before it shows itself.

    Args:
        data: to learn from (``train``) and to look at (``test``); small digits on plain papers by default.
        hide: names of controls and panels to leave out, for a lesson.
        state: starting values, see :class:`~workbench.topics.live_training.state.TrainingState`.

    Raises:
        TypeError, ValueError, TraitError: data that are no splits, or a value that does not fit.
    """

    title = "Training playground"
    call = ("explore_training", "data")
    story = "Press play, and change anything while it runs."
    answers = frozenset({"plane", "pictures", "map"})
    sheet = (("plane", "curves"), ("pictures", "map"))
    presets = PRESETS

    def __init__(self, data: Splits | None = None, *, hide: Sequence[str] = (), **state: Any) -> None:
        if data is not None and not isinstance(data, Splits):
            raise TypeError(f"data: expected Splits, as load_dataset returns, got {type(data).__name__}")
        pause_all()  # an explorer that is no longer looked at, higher up in the notebook
        self._own_data = data is None
        self.data = digits_on_paper() if data is None else data
        self.modalities = self.data.train.modalities
        state.setdefault("shown", self.modalities[:1])
        state.setdefault("pictured", self.modalities[0])
        made = TrainingState(self.modalities, len(self.data.test), **state)
        self.training = LiveTraining(self.data, made.seed)
        self.texts = renderers(self.training.model, self.data.texts)
        self._for_export: LiveTraining | None = None
        self._quiet = False
        self.runner = Runner(self._advance, self._show_frame, self._ended, lambda: self.state.speed)
        self.training.run_to(made)  # before anything is timed: it is no part of drawing
        super().__init__(made, hide)
        # One lock for state and drawing: two could be taken in two orders.
        self._lock = made.lock
        self.views["curves"].observe(lambda change: self.runner.answer(change["new"]), names="seen")
        self.views["curves"].observe(self._closed, names="comm")

    # --- answers ---

    def answer(self, state: TrainingState, skip: frozenset[str] = frozenset()) -> TrainingMoment:
        """Train as far as the state says, and look."""
        training = self.training if state is getattr(self, "state", None) else self._beside(state)
        training.run_to(state)
        return look_at(training, state)

    def figures(self, state: TrainingState, answer: TrainingMoment) -> dict[str, Panel]:
        """All panels."""
        return {
            "plane": latent_figure(answer.plane, self.modalities),
            "curves": curves_figure(answer.history),
            "pictures": generation_sheet(answer.generation, self.texts),
            "map": map_sheet(answer.map, self.modalities, self.texts),
        }

    def sentence(self, state: TrainingState, answer: TrainingMoment) -> str:
        """How far, with which settings, and how wide the posteriors are."""
        settings = state.settings_at(answer.step)
        missing = f", {settings.missing_rate:.0%} missing" if settings.missing_rate else ""
        seen = ", ".join(answer.generation.shown) or "nothing"
        return (
            f"step {answer.step} · β {settings.beta:g}, {FAMILIES[settings.family].description}{missing} · "
            f"posterior sd {answer.spread:.2f} · sample {state.sample} from {seen}: "
            f"KL {number(answer.divergence)} nats"
        )

    def table(self) -> list[dict[str, Any]]:
        """One row a step, with the settings that it used."""
        history = self.current.history
        return [
            {"step": i + 1, **self.state.settings_at(i)._asdict()}
            | {f"-ln p({name}|z)": values[i] for name, values in history.reconstruction.items()}
            | {"KL(q||p)": history.divergence[i]}
            for i in range(history.steps)
        ]

    def export_axes(self, frames: int = 30) -> list[Axis]:
        """So many moments of a fresh training, up to the present step (300 where there is none)."""
        end = self.state.step or 300
        steps = sorted({round(end * i / max(frames - 1, 1)) for i in range(frames)})
        return [
            Axis("step", "step", "slider", list(steps), [f"step {step}" for step in steps], len(steps) - 1)
        ]

    def _beside(self, state: TrainingState) -> LiveTraining:
        """Another training, so that what is asked for a page leaves the live one alone."""
        if self._for_export is None:
            self._for_export = LiveTraining(self.data, state.seed)
        return self._for_export

    # --- playing ---

    def play(self) -> None:
        """Go on training in the background, until paused or nobody looks."""
        self.runner.play()
        self._show_playing()

    def pause(self) -> None:
        """Stop after the step that is under way, if one is, and show where that is."""
        self.runner.pause()
        self._settle_down()

    def _closed(self, change: Any) -> None:
        if change["new"] is None:
            self.runner.pause()

    def _toggle(self) -> None:
        if self.runner.playing:
            self.pause()
        else:
            self.message.value = ""
            self.play()

    def _move(self, steps: int) -> None:
        self.pause()
        self.state.step += steps

    def _advance(self) -> None:
        with self._lock:
            if self.runner.playing:  # the lock may have been waited for
                self.training.step(self.state.settings)
                self._move_quietly()

    def _move_quietly(self) -> None:
        """The state follows the training; a frame shows it later."""
        self._quiet = True
        try:
            self.state.step = self.training.done
        finally:
            self._quiet = False

    def _show_frame(self, number: int) -> None:
        with self._lock:
            self.views["curves"].frame = number  # before the picture that it is the number of
            self.draw()
            self._write_status()

    def _ended(self, error: Exception | None) -> None:
        with self._lock:
            self._settle_down()
            if error is not None:
                self.heading.show_error(error)

    def _settle_down(self) -> None:
        """Show the last step, which no frame may have shown, and only then say that it pauses."""
        with self._lock:
            if self.current.step != self.state.step:
                self._controls.guarded(lambda: self._redraw(moving=False))
            self._show_playing()

    def _show_playing(self) -> None:
        playing = self.runner.playing
        self.controls["play"].description = "pause" if playing else "play"
        self.controls["play"].icon = "pause" if playing else "play"

    def _changed(self, change: Any) -> None:
        if not self._quiet:
            super()._changed(change)

    def _redraw(self, moving: bool) -> None:
        try:
            super()._redraw(moving)
        finally:
            if self.training.done != self.state.step:
                self._move_quietly()  # the training broke off on the way

    def as_python(self) -> str:
        """One line that recreates this view."""
        written = super().as_python()
        return written.replace("(data, ", "(", 1) if self._own_data else written

    # --- controls ---

    def _make_controls(self) -> dict[str, widgets.Widget]:
        make, state, names = self._controls, self.state, self.modalities
        last = len(self.data.test) - 1
        self._cards = ModalityCards(state, make)
        play = make.button("play", "play", "Train, or pause after the present step (Space)", self._toggle)
        play.icon = "play"
        play.button_style = "primary"
        return {
            "play": play,
            "one": make.button("one", "1 step", "One step of the optimiser", lambda: self._move(1)),
            "ten": make.button("ten", "10 steps", "Ten steps of the optimiser", lambda: self._move(10)),
            "again": make.button(
                "again",
                "start again",
                "Untrained weights, the same seed, the present settings",
                state.begin_again,
            ),
            "other": make.button(
                "other", "other seed", "Start again with other weights and batches", self._other_seed
            ),
            **settings_controls(make),
            "sample": make.slider("sample", "sample", "The test sample that is looked at", 0, last),
            "cards": self._cards.widget,
            "pictured": make.choice(
                "pictured",
                "map of",
                "Which view the latent plane is decoded to",
                dict(zip(names, names, strict=True)),
            ),
        }

    def _other_seed(self) -> None:
        self.state.begin_again(seed=self.state.seed + 1)

    def _arrange(self) -> list[widgets.Widget]:
        on, views = self.controls, self.views
        left = column(
            headline("Train"),
            row(on["play"], on["one"], on["ten"]),
            row(on["again"], on["other"]),
            on["speed"],
            headline("The loss"),
            on["beta"],
            on["family"],
            on["missing_rate"],
            on["learning_rate"],
            headline("What is looked at"),
            on["sample"],
            on["cards"],
            on["pictured"],
            flex="0 1 310px",
        )
        middle = column(views["plane"], flex="1 1 285px", max_width="520px")
        right = column(views["curves"], flex="1 1 300px", max_width="560px")
        below = row(
            column(headline("What the sample generates: expected data"), views["pictures"]),
            views["map"],
            grid_gap="24px",
        )
        return [row(left, middle, right, grid_gap="16px"), below]

    def _synchronise(self) -> None:
        item = take_sample(self.training.model, self.data.test, self.state.sample)
        data = data_to_draw(self.training.model, item)
        self._cards.show(data, present_modalities(item), None, self.texts, {})
        for name, box in self._cards.boxes.items():
            # "not shown" is for what is not ticked; nothing is to be said of the others.
            if box.value:
                self._cards.remarks[name].value = ""


def explore_training(data: Splits | None = None, **options: Any) -> TrainingPlayground:
    """Watch a small model learn and change its objective on the way; see :class:`TrainingPlayground`."""
    return TrainingPlayground(data, **options)
