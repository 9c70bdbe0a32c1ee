"""The traversal explorer: move through the latent space, and all decoders follow at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from mopoe import MoPoE, MultimodalBaseDataset

from ...drawing.panels import Panel
from ...drawing.svg import Svg
from ...numerals import numeral
from ...posteriors.samples import data_to_draw, label_in_words, present_modalities
from ...widgets.cards import ModalityCards
from ...widgets.controls import column, headline, row
from ...widgets.printing.page_axes import Axis, first_samples
from ...widgets.sample_explorer import SampleExplorer
from .analysis import COLUMNS, TraversalAnalysis
from .arrays import TraversalAnswer
from .pictures_figure import CHANGES_WIDTH, NOTHING, changes_figure, pictures_sheet
from .ranking_figure import ranking_figure
from .sliders import AxisSliders
from .state import MOST_AXES, PRIVATE, REACH, SHARED, TraversalState
from .strip_figure import ruler_figure, share_at, strip_figure
from .walker import Walker

#: Stands for the panel of the mode that is not chosen.
_NOTHING_DRAWN = Svg(1, 1, "")


class TraversalExplorer(SampleExplorer):
    """What changes in every modality when the latent of one sample is moved.

    Panels: ``pictures`` (unmoved and moved), ``changes`` (how much, by modality), ``ranking`` (how much the
    data use each axis; click one), and below a ``ruler`` with a handle the ``strip`` (along one axis) or the
    ``line`` (between two samples).

    Args:
        model: any :class:`mopoe.MoPoE`.
        dataset: the samples to choose from, from which the axes are ranked too.
        classifiers: modality → network whose reading of each picture is shown.
        texts: modality → function that writes a datum as text.
        hide: names of controls and panels to leave out, for a lesson.
        state: starting values, see :class:`~workbench.topics.traversals.state.TraversalState`.

    Raises:
        TypeError, ValueError, TraitError: data that are not the model's, or a value that does not fit.
    """

    title = "Traversal explorer"
    call = ("explore_traversals", "model, dataset")
    story = "Move a slider, drag the dot on the ruler, or click a bar: every picture follows."
    answers = frozenset({"pictures", "changes", "ruler", "strip", "line"})
    sheet = (("pictures", "changes", "ranking"), ("ruler",), ("strip",), ("line",))

    def _make_analysis(self, classifiers: Mapping[str, Any] | None) -> TraversalAnalysis:
        return TraversalAnalysis(self.model, self.dataset, classifiers)

    def _make_state(self, values: dict[str, Any]) -> TraversalState:
        model, n_samples = self.model, len(self.dataset)
        usual = {"shown": model.modalities, "to_sample": min(values.get("sample", 0) + 1, n_samples - 1)}
        spaces = {SHARED: model.latent_dim} | {PRIVATE + name: n for name, n in model.style_dims.items()}
        return TraversalState(model.modalities, n_samples, spaces, **(usual | values))

    @property
    def presets(self) -> dict[str, dict[str, Any]]:
        """The start, walks along one axis, a line between two samples, a private latent where there is one."""
        return _presets(list(self.model.style_dims))

    def answer(self, state: TraversalState, skip: frozenset[str] = frozenset()) -> TraversalAnswer:
        """Everything about where the latent stands."""
        return self.analysis.answer(state)

    def figures(self, state: TraversalState, answer: TraversalAnswer) -> dict[str, Panel]:
        """All panels; of strip and line the one that the mode asks for."""
        along = strip_figure(answer.strip, self.texts)
        return {
            "pictures": pictures_sheet(answer, self.texts),
            "changes": changes_figure(answer),
            "ranking": ranking_figure(answer.axes, state.n_sliders, state.axis),
            "ruler": ruler_figure(answer.strip),
            "strip": along if state.mode == "walk" else _NOTHING_DRAWN,
            "line": along if state.mode == "line" else _NOTHING_DRAWN,
        }

    def is_shown(self, name: str) -> bool:
        """Whether a panel or a control is to be seen: in a walk the strip, on a line the line."""
        other = {"walk": {"line"}, "line": {"strip", "ranking"}}[self.state.mode]
        return super().is_shown(name) and name not in other

    def sentence(self, state: TraversalState, answer: TraversalAnswer) -> str:
        """Which sample, where its latent was moved, and who follows."""
        label = label_in_words(self.dataset, answer.label)
        seen = f"seen by {', '.join(answer.shown)}" if answer.shown else "of which the model sees nothing"
        space = "shared" if state.space == SHARED else f"{state.space.removeprefix(PRIVATE)}'s private"
        if state.mode == "line":
            moves = f"{answer.strip.said} to sample {state.to_sample} in the {space} latent"
        else:
            others = sum(map(bool, state.offsets[: state.n_sliders])) - bool(state.offset)
            more = f" and {others} more moved" if others else ""
            moves = f"{space} {answer.strip.words} at {answer.strip.said}{more}"
        return f"sample {state.sample}{label}, {seen}: {moves}; {_who_follows(answer)}"

    def table(self) -> list[dict[str, Any]]:
        """One row a modality with its change, then one an axis with its KL."""
        answer = self.answer(self.state)
        rows: list[dict[str, Any]] = [
            {"kind": "change", "name": name, "quantity": "mean absolute change", "value": change}
            for name, change in answer.changes.items()
        ]
        rows += [
            {"kind": "axis", "name": name, "quantity": "KL in nats, mean over data", "value": float(nats)}
            for name, nats in zip(answer.axes.names, answer.axes.nats, strict=True)
        ]
        return rows

    def export_axes(self, samples: int = 3, axes: int = 3) -> list[Axis]:
        """The first ``samples`` samples from the present one on, and the strip's places on some ``axes``."""
        chosen = first_samples(self.state.sample, samples, len(self.dataset))
        shares = [i / (COLUMNS - 1) for i in range(COLUMNS)]
        if self.state.mode == "line":
            return [chosen, Axis("position", "way", "slider", shares, [f"{share:.0%}" for share in shares])]
        names = self.current.axes.names[: min(axes, self.state.n_sliders)]
        offsets = [REACH * (2 * share - 1) for share in shares]
        return [
            chosen,
            Axis("walked", "axis", "choice", list(range(len(names))), names),
            Axis(
                "offset",
                "moved by",
                "slider",
                offsets,
                [f"{numeral(o, '+.2f')} sd" for o in offsets],
                COLUMNS // 2,
            ),
        ]

    # --- controls ---

    def _make_controls(self) -> dict[str, widgets.Widget]:
        make, last = self._controls, len(self.dataset) - 1
        self._cards = ModalityCards(self.state, self._controls)
        self._sliders = AxisSliders(self.state, self._controls)
        self._walker = Walker(self.state, self._controls)
        spaces = {SHARED: "shared by all"}
        spaces |= {PRIVATE + name: f"private of {name}" for name in self.model.style_dims}
        return {
            "sample": make.slider(
                "sample", "sample", "Which sample of the data the walk starts from", 0, last
            ),
            "cards": self._cards.widget,
            "mode": make.toggles(
                "mode",
                "go along",
                {"walk": "axes", "line": "a line"},
                ["Move along axes of the latent space", "Go straight from this sample to another one"],
            ),
            "space": make.choice("space", "latent", "Which latent space is walked; all others stay", spaces),
            "basis": make.toggles(
                "basis",
                "axes",
                {"dimensions": "dimensions", "principal": "principal"},
                [
                    "The latent dimensions, ordered by their KL from the prior",
                    "The directions in which the posterior means of the data vary most",
                ],
            ),
            "sliders": self._sliders.widget,
            "to_sample": make.slider("to_sample", "to sample", "Where the line ends", 0, last),
            "position": make.slider("position", "way", "From 0, this sample, to 1, the other", 0, 1, 0.025),
            "walker": self._walker.widget,
        }

    def _arrange(self) -> list[widgets.Widget]:
        on, views = self.controls, self.views
        if not self.model.style_dims:
            on["space"].layout.display = "none"
        left = column(
            headline("What the model sees"),
            on["sample"],
            on["cards"],
            headline("What moves"),
            on["mode"],
            on["space"],
            on["basis"],
            column(views["ranking"], margin="8px 0"),
            on["sliders"],
            on["to_sample"],
            on["position"],
            on["walker"],
            flex="0 0 300px",
            min_width="0",
        )
        changes = column(views["changes"], width=f"{CHANGES_WIDTH}px")
        above = row(views["pictures"], changes, grid_gap="12px")
        along = [column(views[name], max_width="870px", width="100%") for name in ("ruler", "strip", "line")]
        right = column(above, *along, grid_gap="4px", flex="1 1 560px", min_width="0")
        return [row(left, right, grid_gap="16px", width="100%")]

    def _synchronise(self) -> None:
        item = self.analysis.item(self.state.sample)
        self._cards.show(data_to_draw(self.model, item), present_modalities(item), None, self.texts, {})
        self._sliders.show(self.current.axes)
        self._walker.show()
        line = self.state.mode == "line"
        for name in ("basis", "sliders", "to_sample", "position"):
            wanted = (name in ("to_sample", "position")) == line and name not in self._hidden
            self.controls[name].layout.display = "" if wanted else "none"
        for name in ("strip", "line", "ranking"):
            self.views[name].layout.display = "" if self.is_shown(name) else "none"

    def _handle_event(self, panel: str, event: dict[str, Any]) -> None:
        if panel == "ranking" and event["kind"] == "click":
            self.state.walked = int(event["key"])
        elif panel in ("ruler", "strip", "line"):
            self._go(event)

    def _go(self, event: dict[str, Any]) -> None:
        kind = event["kind"]
        if kind == "click":
            self._walker.go_to(int(event["key"]) / (COLUMNS - 1))
        elif kind == "drag":
            self._walker.go_to(share_at(event["x"], COLUMNS))
        else:
            self._walker.step((event["dx"] or -event["dy"]) * (5 if event.get("far") else 1))


def _who_follows(answer: TraversalAnswer) -> str:
    moving = [name for name, change in answer.changes.items() if change > NOTHING]
    if not moving:
        return "nothing has moved"
    if len(moving) == len(answer.changes):
        return f"all {len(moving)} modalities follow"
    return f"{' and '.join(moving)} alone follow{'s' if len(moving) == 1 else ''}"


def _presets(private: Sequence[str]) -> dict[str, dict[str, Any]]:
    still: dict[str, Any] = {"mode": "walk", "space": SHARED, "basis": "dimensions", "walked": 0}
    still["offsets"] = [0.0] * MOST_AXES
    one = {"offsets": [2.0] + [0.0] * (MOST_AXES - 1)}
    presets = {
        "start": still,
        "walk the strongest dimension": still | one,
        "strongest principal direction": still | one | {"basis": "principal"},
        "between two samples": still | {"mode": "line", "position": 0.5},
    }
    if private:
        presets[f"style of {private[0]}"] = still | one | {"space": PRIVATE + private[0]}
    return presets


def explore_traversals(model: MoPoE, dataset: MultimodalBaseDataset, **options: Any) -> TraversalExplorer:
    """Walk through the latent space of ``model`` from samples of ``dataset``; see :class:`TraversalExplorer`."""
    return TraversalExplorer(model, dataset, **options)
