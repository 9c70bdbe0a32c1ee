"""Sliders for one expert at a time: what the handles in the figure do, without a pointer."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from ...widgets.controls import Controls
from .state import MODALITIES, NOISE, REACH, WIDTHS, FusionState

_RANGES = {
    "means": ("says", "Where the expert's mean is", (-REACH, REACH)),
    "means_up": ("… upwards", "Where the expert's mean is, second coordinate", (-REACH, REACH)),
    "widths": ("± width", "Standard deviation of the expert: how sure it is", WIDTHS),
    "readings": ("sensor read", "What the expert's sensor really read", (-REACH, REACH)),
    "readings_up": ("… upwards", "What the sensor read, second coordinate", (-REACH, REACH)),
    "noise": ("± noise", "Standard deviation of the sensor's noise", NOISE),
}


class ExpertSliders:
    """Buttons that choose an expert, a checkbox for whether it takes part, and its numbers.

    Args:
        state: whose lists they change, at the place of ``state.expert``.
        controls: makes the buttons, and reports what goes wrong.
    """

    def __init__(self, state: FusionState, controls: Controls) -> None:
        self.state, self.controls = state, controls
        self._showing = False
        self.choice = controls.toggles(
            "expert",
            "expert",
            {name: name for name in MODALITIES},
            [f"Move {name} with these sliders" for name in MODALITIES],
        )
        self.present = widgets.Checkbox(
            description="takes part",
            tooltip="Whether this expert takes part, or its modality is missing",
            indent=False,
            layout=widgets.Layout(width="auto"),
        ).add_class("wb-present")
        self.present.observe(self._ticked, names="value")
        self.sliders = {name: self._slider(name) for name in _RANGES}
        self.widget = widgets.VBox(
            [self.choice, self.present, *self.sliders.values()], layout=widgets.Layout(width="310px")
        )
        self.show()

    def show(self) -> None:
        """Bring all of them in line with the state."""
        self._showing = True
        self.present.value = self.state.expert in self.state.shown
        for name, slider in self.sliders.items():
            slider.value = self.state.value_of(name, self.state.expert)
            wanted = self.state.dimensions == 2 or not name.endswith("_up")
            slider.layout.display = "" if wanted else "none"
        self._showing = False

    def _slider(self, name: str) -> widgets.FloatSlider:
        text, tooltip, (least, greatest) = _RANGES[name]
        made = widgets.FloatSlider(
            min=least,
            max=greatest,
            step=0.01,
            # Otherwise the page sends back each value that it is told, rounded, and undoes what came since.
            continuous_update=False,
            description=text,
            tooltip=tooltip,
            layout=widgets.Layout(width="290px"),
        ).add_class(f"wb-{name.replace('_', '-')}")
        made.observe(lambda change: self._moved(name, change["new"]), names="value")
        return made

    def _moved(self, name: str, value: float) -> None:
        if not self._showing:
            self.controls.guarded(lambda: self.state.move(self.state.expert, **{name: value}))

    def _ticked(self, change: Any) -> None:
        if not self._showing and change["new"] != (self.state.expert in self.state.shown):
            self.controls.guarded(lambda: self._toggle())
            self.show()  # as it was, if the last expert was to leave

    def _toggle(self) -> None:
        self.state.shown = self.state.toggled(self.state.expert)
