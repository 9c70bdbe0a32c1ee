"""One card for each modality: a checkbox, a thumbnail, and its share of the precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets
import numpy as np

from ..drawing.colours import modality_colours
from ..drawing.sheet import thumbnail
from ..posteriors.arrays import Shares
from ..posteriors.generation_figure import Renderer
from .controls import Controls
from .sample_state import SampleState

EDGE = 44


class ModalityCards:
    """Checkboxes that decide what the model is shown.

    Args:
        state: whose ``shown`` they change.
        controls: to report what goes wrong.
    """

    def __init__(self, state: SampleState, controls: Controls) -> None:
        self.state, self.controls = state, controls
        self.colours = modality_colours(state.modalities)
        self.boxes: dict[str, widgets.Checkbox] = {}
        self.thumbnails: dict[str, widgets.Image] = {}
        self.remarks: dict[str, widgets.HTML] = {}
        cards = [self._card(name) for name in state.modalities]
        # Also where the state has no answer the boxes must say what it is.
        state.observe(lambda _: self._tick_as_shown(), names="shown")
        self.widget = widgets.VBox(cards).add_class("wb-cards")

    def _card(self, name: str) -> widgets.Widget:
        box = widgets.Checkbox(
            value=name in self.state.shown,
            description=name,
            indent=False,
            tooltip=f"Show {name} to the model",
            layout=widgets.Layout(width="150px", margin="0"),
        )
        box.observe(lambda change: self._tick(name, change["new"]), names="value")
        picture = widgets.Image(
            format="png", width=EDGE, height=EDGE, layout=widgets.Layout(margin="0 8px 0 0")
        )
        remark = widgets.HTML(layout=widgets.Layout(width="150px", margin="0", height="24px"))
        card = widgets.HBox(
            [picture, widgets.VBox([box, remark])],
            layout=widgets.Layout(align_items="center", padding="1px 0 1px 6px", margin="1px 0"),
        )
        card.layout.border_left = f"6px solid {self.colours[name]}"
        self.boxes[name], self.thumbnails[name], self.remarks[name] = box, picture, remark
        return card

    def _tick_as_shown(self) -> None:
        for name, box in self.boxes.items():
            box.value = name in self.state.shown

    def _tick(self, name: str, ticked: bool) -> None:
        if ticked != (name in self.state.shown):
            self.controls.guarded(lambda: self.state.toggle(name))

    def show(
        self,
        data: Mapping[str, np.ndarray],
        present: Sequence[str],
        shares: Shares | None,
        texts: Mapping[str, Renderer] | None,
        remarks: Mapping[str, str],
    ) -> None:
        """Bring the cards in line with a sample; what it lacks cannot be ticked.

        Args:
            data: modality → the sample, as it is drawn.
            present: the modalities that it has.
            shares: of the precision; ``None`` where nothing is shown.
            texts: modality → function that writes a datum as text.
            remarks: modality → further words.
        """
        share_of = {} if shares is None else dict(zip(shares.names, shares.overall, strict=True))
        for name, box in self.boxes.items():
            there = name in present
            box.value, box.disabled = name in self.state.shown, not there
            box.description = name if there else f"{name} (missing)"
            self.thumbnails[name].layout.visibility = "visible" if there else "hidden"
            if there:
                text = texts[name](data[name]) if texts and name in texts else None
                self.thumbnails[name].value = thumbnail(data[name], text, EDGE)
            self.remarks[name].value = self._remark(name, there, share_of.get(name), remarks.get(name, ""))

    def _remark(self, name: str, there: bool, share: Any, further: str) -> str:
        shown = "shown" if name in self.state.shown else "not shown"
        words, bar = shown if there else "the sample lacks it", ""
        if share is not None:
            words = f"{share:.0%} of the say"
            bar = (
                f'<div style="height:4px;background:#E8E8E8"><div style="height:4px;width:{share:.1%};'
                f'background:{self.colours[name]}"></div></div>'
            )
        if further:
            words = f"{words} · {further}"
        return f'<div style="font-size:11px;line-height:14px;color:#6B6B6B">{escape(words)}</div>{bar}'
