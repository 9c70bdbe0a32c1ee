"""One slider for each of the leading axes of a latent space."""

from __future__ import annotations

import ipywidgets as widgets

from ...widgets.controls import Controls
from .arrays import LatentAxes
from .state import MOST_AXES, REACH, TraversalState


class AxisSliders:
    """Sliders that move the latent; the one that is moved is the one that the strip walks.

    Args:
        state: whose ``offsets`` they change.
        controls: to report what goes wrong.
    """

    def __init__(self, state: TraversalState, controls: Controls) -> None:
        self.state, self.controls = state, controls
        self._showing = False
        self.sliders = [self._slider(i) for i in range(MOST_AXES)]
        self.zero = controls.button(
            "zero", "all to 0", "Back to the posterior mean of the sample", self._all_to_zero
        )
        self.widget = widgets.VBox(
            [*self.sliders, self.zero], layout=widgets.Layout(align_items="flex-start")
        ).add_class("wb-sliders")

    def show(self, axes: LatentAxes) -> None:
        """Bring the sliders in line with the state and with the axes that they move."""
        self._showing = True
        for i, slider in enumerate(self.sliders):
            slider.value = self.state.offsets[i]
            there = i < self.state.n_sliders
            slider.layout.display = "" if there else "none"
            slider.description = axes.names[i] if there else ""
        self._showing = False

    def _slider(self, axis: int) -> widgets.FloatSlider:
        made = widgets.FloatSlider(
            min=-REACH,
            max=REACH,
            step=0.05,
            readout_format="+.2f",
            tooltip="Move the latent along this axis, in standard deviations of the prior",
            style={"description_width": "86px"},
            layout=widgets.Layout(width="290px"),
        ).add_class(f"wb-axis-{axis}")
        made.observe(lambda change: self._moved(axis, change["new"]), names="value")
        return made

    def _moved(self, axis: int, value: float) -> None:
        if not self._showing and value != self.state.offsets[axis]:
            self.controls.guarded(lambda: self.state.move(axis, value))

    def _all_to_zero(self) -> None:
        self.state.offsets = [0.0] * MOST_AXES
