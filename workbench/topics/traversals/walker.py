"""Play, pause and step along whatever the strip shows: one axis, or a line between two samples."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from ...widgets.controls import Controls, row
from .state import REACH, TraversalState

#: Steps from one end to the other, and milliseconds for each.
STEPS, INTERVAL = 40, 150


class Walker:
    """Moves the state from one end of the strip to the other.

    The page sends a place only when the kernel has dealt with the one before, so play never runs ahead.

    Args:
        state: whose ``offsets`` or ``position`` it changes, by its mode.
        controls: makes the button, and reports what goes wrong.
    """

    def __init__(self, state: TraversalState, controls: Controls) -> None:
        self.state, self.controls = state, controls
        self._showing = False
        self.play = widgets.Play(
            min=0,
            max=STEPS,
            step=1,
            interval=INTERVAL,
            tooltip="Go from one end of the strip to the other",
            layout=widgets.Layout(width="auto"),
        ).add_class("wb-play")
        self.play.observe(self._played, names="value")
        self.back = controls.button("back", "‹ step", "One step back", lambda: self.step(-1))
        self.forth = controls.button("forth", "step ›", "One step on", lambda: self.step(1))
        self.widget = row(self.play, self.back, self.forth, align_items="center").add_class("wb-walker")
        self.show()

    @property
    def share(self) -> float:
        """Which share of the way is behind."""
        if self.state.mode == "line":
            return self.state.position
        return (self.state.offset + REACH) / (2 * REACH)

    def go_to(self, share: float) -> None:
        """Go to a share of the way."""
        if self.state.mode == "line":
            self.state.position = share
        else:
            self.state.move(self.state.axis, round(REACH * (2 * share - 1), 3))

    def step(self, steps: int) -> None:
        """Go some steps on, to the next whole step of the way, but not over its end."""
        self.go_to(min(max(round(self.share * STEPS) + steps, 0), STEPS) / STEPS)

    def show(self) -> None:
        """Let play go on from where the state is."""
        self._showing = True
        self.play.value = round(self.share * STEPS)
        self._showing = False

    def _played(self, change: Any) -> None:
        if not self._showing:
            self.controls.guarded(lambda: self.go_to(change["new"] / STEPS))
