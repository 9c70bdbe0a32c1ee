"""A figure in the notebook that is updated in place and tells what was clicked or dragged in it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import anywidget
import ipywidgets as widgets
from traitlets import Dict, Int, Unicode

from ..drawing.panels import Panel
from ..drawing.svg import Svg

STATIC = files(__package__) / "static"


class SvgView(anywidget.AnyWidget):
    """Shows an :class:`~workbench.drawing.svg.Svg`.

    In the figure, an element with ``data-key`` can be clicked, or reached by Tab and arrow keys and pressed
    by Enter; one with ``data-drag`` can be dragged, or moved by arrow keys.
    """

    _esm = (STATIC / "morph.js").read_text(encoding="utf-8") + (STATIC / "svg_view.js").read_text(
        encoding="utf-8"
    )
    _css = (STATIC / "svg_view.css").read_text(encoding="utf-8")
    svg = Unicode("").tag(sync=True)
    drag = Dict().tag(sync=True)
    #: Number of the picture, or 0 for no answer; ``seen`` is that of the last one that the page has drawn.
    frame = Int(0).tag(sync=True)
    seen = Int(0).tag(sync=True)

    def show(self, figure: Svg) -> None:
        """Replace the figure; nothing is sent if it is the same."""
        self.svg = figure.text()

    def on_event(self, handle: Callable[[dict[str, Any]], None]) -> None:
        """Call ``handle`` with ``kind`` ("click", "nudge" or "drag"), ``key`` and where: x, y or dx, dy."""

        def message(_: Any, content: Any, buffers: Any) -> None:
            if isinstance(content, dict) and content.get("kind") in ("click", "nudge"):
                handle(content)

        self.on_msg(message)
        self.observe(lambda change: handle({"kind": "drag", **change["new"]}), names="drag")


def view_of(panel: Panel, handle: Callable[[dict[str, Any]], None]) -> widgets.Widget:
    """An empty view for panels of this kind; ``handle`` hears what happens in a figure, nothing in a picture."""
    view = SvgView() if isinstance(panel, Svg) else widgets.Image(format="png")
    view.layout.margin = "0"
    if isinstance(view, SvgView):
        view.on_event(handle)
    return view


def show_panel(view: widgets.Widget, panel: Panel) -> None:
    """Show a panel in a view of its kind."""
    if isinstance(panel, Svg):
        view.show(panel)
    else:
        view.value = panel
