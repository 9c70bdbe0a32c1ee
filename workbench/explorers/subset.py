"""The subset explorer: tick the modalities that the model may see, and all of them are generated at once."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets

from mopoe import MoPoE, MultimodalBaseDataset

from ..analyses.generation import generate, present_modalities
from ..arrays import Generation
from ..figures.colours import modality_colours
from ..figures.generation import Renderer, generation_sheet
from ..figures.sheet import HEADING, row_height, to_png
from ..figures.tiles import tile
from ..state import SubsetState
from .messages import shows_errors

THUMBNAIL = 56


class SubsetExplorer:
    """A live view of what the model generates from any subset of one sample's modalities.

    Args:
        model: any :class:`mopoe.MoPoE`.
        dataset: the data to choose samples from.
        classifiers: modality → network whose reading of each generated picture is shown.
        texts: modality → function that writes a datum as text.
        state: starting values: ``sample``, ``shown``, ``n_draws``, ``seed``.

    ``explorer.state`` is observable: set it and the picture follows. In a printed notebook the cell shows
    the picture of its state.
    """

    def __init__(
        self,
        model: MoPoE,
        dataset: MultimodalBaseDataset,
        *,
        classifiers: Mapping[str, Any] | None = None,
        texts: Mapping[str, Renderer] | None = None,
        **state: Any,
    ) -> None:
        _check(model, dataset)
        self.model, self.dataset = model, dataset
        self.classifiers, self.texts = classifiers, texts
        state.setdefault("shown", model.modalities[:1])
        self.state = SubsetState(model.modalities, len(dataset), **state)
        self.generated: Generation | None = None
        self.picture = b""
        self._build()
        self._show_sample()
        self._refresh()
        self.state.observe(lambda _: self._on_sample(), names="sample")
        self.state.observe(lambda _: self._on_change(), names=["shown", "n_draws", "seed"])

    def _build(self) -> None:
        colours = modality_colours(self.model.modalities)
        self.message = widgets.HTML()
        self.image = widgets.Image(format="png", layout=widgets.Layout(margin="0")).add_class("wb-generated")
        self.slider = widgets.IntSlider(
            value=self.state.sample,
            max=len(self.dataset) - 1,
            description="sample",
            continuous_update=True,
            tooltip="Which sample of the data set the model looks at",
        ).add_class("wb-sample")
        widgets.link((self.state, "sample"), (self.slider, "value"))
        self.draws = widgets.BoundedIntText(
            value=self.state.n_draws,
            min=1,
            max=10,
            description="draws",
            tooltip="How many draws from the posterior are decoded",
            layout=widgets.Layout(width="150px"),
        ).add_class("wb-draws")
        widgets.link((self.state, "n_draws"), (self.draws, "value"))
        self.noise = widgets.Button(
            description="new noise",
            tooltip="Draw again; otherwise the same noise is kept, so only the model's answer changes",
        ).add_class("wb-noise")
        self.noise.on_click(lambda _: self._new_noise())
        self.boxes, self.thumbnails, cards = {}, {}, []
        for name in self.model.modalities:
            box = widgets.Checkbox(
                value=name in self.state.shown,
                description=name,
                indent=False,
                tooltip=f"Show {name} to the model",
                layout=widgets.Layout(width="120px"),
            ).add_class(f"wb-show-{name}")
            box.observe(lambda change, name=name: self._tick(name, change["new"]), names="value")
            thumbnail = widgets.Image(format="png", width=THUMBNAIL, height=THUMBNAIL)
            card = widgets.HBox([thumbnail, box], layout=widgets.Layout(align_items="center"))
            card.layout.border_left = f"5px solid {colours[name]}"
            # As high as a row of the sheet, so that each box stands beside what it changes.
            card.layout.height, card.layout.padding = f"{row_height(bool(self.classifiers))}px", "0 0 0 6px"
            self.boxes[name], self.thumbnails[name] = box, thumbnail
            cards.append(card)
        heading = widgets.HTML(
            "<b>Show the model</b>", layout=widgets.Layout(height=f"{HEADING}px", margin="0")
        )
        self.answer = widgets.HTML()
        controls = widgets.HBox(
            [self.slider, self.draws, self.noise],
            layout=widgets.Layout(flex_flow="row wrap", align_items="center"),
        )
        left = widgets.VBox([heading, *cards], layout=widgets.Layout(width="196px", overflow="hidden"))
        body = widgets.HBox(
            [left, self.image], layout=widgets.Layout(flex_flow="row wrap", align_items="flex-start")
        )
        self.widget = widgets.VBox([controls, self.answer, body, self.message]).add_class(
            "wb-subset-explorer"
        )

    @shows_errors
    def _tick(self, name: str, ticked: bool) -> None:
        if ticked != (name in self.state.shown):
            others = [shown for shown in self.state.shown if shown != name]
            self.state.shown = [*others, name] if ticked else others

    @shows_errors
    def _new_noise(self) -> None:
        self.state.seed += 1

    @shows_errors
    def _on_sample(self) -> None:
        self._show_sample()
        self._refresh()

    @shows_errors
    def _on_change(self) -> None:
        self._refresh()

    def _show_sample(self) -> None:
        """Thumbnails of the sample; a modality that it lacks cannot be ticked."""
        item = self.dataset[self.state.sample]
        there = present_modalities(item)
        for name, thumbnail in self.thumbnails.items():
            present = name in there
            self.boxes[name].disabled = not present
            self.boxes[name].description = name if present else f"{name} (missing)"
            if present:
                thumbnail.value = to_png(tile(item.data[name].float().cpu().numpy(), THUMBNAIL))
            thumbnail.layout.visibility = "visible" if present else "hidden"

    def _refresh(self) -> None:
        start = time.perf_counter()
        state = self.state
        for name, box in self.boxes.items():
            box.value = name in state.shown
        self.generated = generate(
            self.model,
            self.dataset,
            state.sample,
            [name for name in state.shown if not self.boxes[name].disabled],
            n_draws=state.n_draws,
            seed=state.seed,
            classifiers=self.classifiers,
        )
        self.picture = generation_sheet(self.generated, self.texts)
        self.image.value, self.message.value = self.picture, ""
        milliseconds = 1000 * (time.perf_counter() - start)
        self.answer.value = (
            f"{self._summary()} <span style='color:#767676'>· drawn in {milliseconds:.0f} ms</span>"
        )

    def _summary(self) -> str:
        generated = self.generated
        assert generated is not None
        label = "" if generated.label is None else f" (label {generated.label})"
        if not generated.shown:
            return "<b>What it generates</b> when it sees nothing: draws from the prior"
        return (
            f"<b>What it generates</b> for sample {self.state.sample}{label} from {', '.join(generated.shown)}"
            f" · posterior {generated.divergence:.1f} nats from the prior"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The live widget, and the picture of its state for wherever no kernel runs."""
        live = self.widget._repr_mimebundle_(**kwargs)
        return {**live, "text/plain": "subset explorer", "image/png": base64.b64encode(self.picture).decode()}


def _check(model: MoPoE, dataset: MultimodalBaseDataset) -> None:
    if not isinstance(dataset, MultimodalBaseDataset):
        raise TypeError(f"dataset: expected a MultimodalBaseDataset, got {type(dataset).__name__}")
    if set(dataset.modalities) != set(model.modalities):
        raise ValueError(
            f"dataset: expected the model's modalities {model.modalities}, got {dataset.modalities}"
        )


def explore_subsets(model: MoPoE, dataset: MultimodalBaseDataset, **options: Any) -> SubsetExplorer:
    """Explore what ``model`` generates from subsets of the samples of ``dataset``; see :class:`SubsetExplorer`."""
    return SubsetExplorer(model, dataset, **options)
