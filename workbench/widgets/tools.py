"""The tools of every explorer: reset, undo, presets, predict first, reveal, copy the state, save."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import ipywidgets as widgets
from traitlets import Unicode

from .controls import Controls, row
from .state import ExplorerState
from .svg_view import STATIC

_MENU = "presets …"


class CopyButton(anywidget.AnyWidget):
    """Copies ``text`` when pressed, and shows it, for pages that may not use the clipboard."""

    _esm = (STATIC / "copy_button.js").read_text(encoding="utf-8")
    text = Unicode("").tag(sync=True)
    label = Unicode("copy state").tag(sync=True)
    hint = Unicode("").tag(sync=True)  # "tooltip" would need a description beside it


class Tools:
    """The bar below an explorer.

    Args:
        controls: makes the buttons for a state, and reports what goes wrong.
        presets: name → values of the state.
        save_figure: writes the figure into the notebook's folder.
        save_page: writes the page without Python there.
    """

    def __init__(
        self,
        controls: Controls,
        presets: Mapping[str, dict[str, Any]],
        save_figure: Callable[[], None],
        save_page: Callable[[], None],
    ) -> None:
        self._make, self._state, self._presets = controls, controls.state, presets
        make = controls.button
        #: Name → control, from left to right.
        self.controls: dict[str, widgets.Widget] = {
            "reset": make("reset", "reset", "Back to where this view started", self._state.reset),
            "undo": make("undo", "undo", "Take back the last change", self._state.undo),
            "presets": self._menu(),
            "predict_first": controls.check(
                "predict_first", "predict first", "Hide each answer until you ask for it"
            ),
            "reveal": make("reveal", "reveal", "Show the answer", self._reveal),
            "copy": CopyButton(hint="One line of Python that recreates this view"),
            "save_figure": make(
                "save-figure", "save figure", "Write this view into the notebook's folder", save_figure
            ),
            "save_page": make("save-page", "to HTML", "Write a page that works without Python", save_page),
        }
        self.widget = row(*self.controls.values())

    def show(self, line: str) -> None:
        """Follow the state, which this line of Python recreates."""
        self.controls["copy"].text = line
        self.controls["reveal"].layout.display = "" if self._state.hidden else "none"

    def _menu(self) -> widgets.Dropdown:
        menu = widgets.Dropdown(
            options=[_MENU, *self._presets],
            tooltip="Go to a view that is worth a look",
            layout=widgets.Layout(width="170px", display=None if self._presets else "none"),
        ).add_class("wb-presets")
        menu.observe(lambda change: self._take_preset(menu, change["new"]), names="value")
        return menu

    def _take_preset(self, menu: widgets.Dropdown, name: str) -> None:
        if name in self._presets:
            self._make.guarded(lambda: self._state.update(self._presets[name]))
            menu.value = _MENU

    def _reveal(self) -> None:
        self._state.revealed = True


def line_of_python(call: tuple[str, str], state: ExplorerState) -> str:
    """The call that makes an explorer in this state: ``call`` is its function and its first arguments."""
    function, arguments = call
    defaults = state.defaults()
    values = {
        name: value
        for name, value in state.to_dict().items()
        if name not in defaults or value != defaults[name]
    }
    written = [arguments] if arguments else []
    return f"{function}({', '.join([*written, *(f'{name}={value!r}' for name, value in values.items())])})"
