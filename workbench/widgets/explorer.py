"""What all explorers share: draw when the state changes, undo, presets, errors in words, printing, saving."""

from __future__ import annotations

import base64
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets as widgets

from ..drawing.cover import cover
from ..drawing.panels import Panel, compose
from ..drawing.svg import Svg
from .beside_run import page_beside_run
from .controls import Controls, column, row
from .copy_button import CopyButton
from .export import Axis, write_page
from .later import Later, Timings
from .saving import fresh_name, save_figure, save_table
from .state import ExplorerState
from .svg_view import SvgView


class Explorer(ABC):
    """A live view of a state: change the state, by controls or in Python, and the panels follow.

    A subclass says what its panels are for the state (``answer``, then ``figures``), what its controls are
    (``_make_controls``) and where all this goes (``_arrange``). It ends its own ``__init__`` with this one.

    Args:
        state: observable; ``explorer.state.sample = 3`` is as good as moving a slider.
        hide: names of controls and panels that are not to be seen, for a lesson.

    Raises:
        ValueError: a name in ``hide`` that there is not; the message lists those there are.
    """

    #: What it is called on the page.
    title: ClassVar[str]
    #: The call that makes one, with its arguments: what "copy state" writes.
    call: ClassVar[tuple[str, str]]
    #: What to do with it, in one line below the title.
    story: ClassVar[str] = ""
    #: Panels that "predict first" hides.
    answers: ClassVar[frozenset[str]] = frozenset()
    #: Panels that wait until a slider rests.
    slow: ClassVar[frozenset[str]] = frozenset()
    #: Panels on the printed sheet, from left to right, from top to bottom.
    sheet: ClassVar[tuple[tuple[str, ...], ...]]
    #: Name → values of the state.
    presets: Mapping[str, dict[str, Any]]
    #: Makes the values that a page without Python offers; its arguments are those of :meth:`to_html`.
    export_axes: Callable[..., list[Axis]]
    state: Any

    def __init__(self, state: ExplorerState, hide: Sequence[str] = ()) -> None:
        self.state = state
        self.current: Any = None
        self.panels: dict[str, Panel] = {}
        self.timings = Timings()
        self.views: dict[str, widgets.Widget] = {}
        self._lock = threading.RLock()
        self._later = Later()
        self._drawn: dict[str, Any] = {}
        self._failed = False
        self._hidden = frozenset(hide)
        self.message = widgets.HTML().add_class("wb-message")
        self._controls = Controls(state, self._show_error)
        self.draw()
        self.controls = self._make_controls() | self._make_tools()
        self._build()
        self.state.observe(self._changed)

    # --- what a subclass says ---

    @abstractmethod
    def answer(self, state: Any, skip: frozenset[str] = frozenset()) -> Any:
        """Named arrays that answer what a state asks, but for what panels in ``skip`` alone would show."""

    @abstractmethod
    def figures(self, state: Any, answer: Any) -> dict[str, Panel]:
        """Panel → picture of an answer."""

    @abstractmethod
    def _make_controls(self) -> dict[str, widgets.Widget]:
        """Name → control."""

    @abstractmethod
    def _arrange(self) -> list[widgets.Widget]:
        """Controls and views, from top to bottom."""

    @abstractmethod
    def sentence(self, state: Any, answer: Any) -> str:
        """What is asked and, in numbers, answered: one line of plain words."""

    @abstractmethod
    def table(self) -> list[dict[str, Any]]:
        """The numbers that are shown, one dictionary a row; ``save("numbers.csv")`` writes them."""

    def _heard(self, panel: str, event: dict[str, Any]) -> None:
        """Something in a panel was clicked, moved or dragged."""
        return

    def _synchronise(self) -> None:
        """Bring controls in line that show more than one value of the state."""
        return

    # --- drawing ---

    def question(self) -> str:
        """What the explorer shows at this moment, in words; nothing of an answer that is hidden."""
        if self.state.hidden:
            return "What will it show? Decide, then reveal."
        return self.sentence(self.state, self.current)

    def refresh(self) -> None:
        """Compute everything anew: the model or the data have changed."""
        self._forget()
        self._settle()

    def _forget(self) -> None:
        """Drop what is kept from one answer to the next."""
        return

    def draw(self, skip: frozenset[str] = frozenset()) -> None:
        """Compute and draw all panels but those in ``skip``, and show them."""
        with self._lock, self.timings.measured():
            # Noted first: another thread may bring a message of the page meanwhile, and what it changes is
            # still to be drawn. What cannot be drawn is noted too: the next change is another.
            self._drawn, self._failed = self.state.to_dict(), True
            self.current = self.answer(self.state, skip)
            self.panels = self.panels | self.figures(self.state, self.current)
            self._failed = False
            for name, view in self.views.items():
                _show(view, self._visible(name))

    def is_shown(self, name: str) -> bool:
        """Whether a panel is to be seen."""
        return name not in self._hidden

    def _visible(self, name: str) -> Panel:
        """The panel, or a cover where it is still to be predicted."""
        hidden = self.state.hidden and name in self.answers
        return cover(self.panels[name]) if hidden else self.panels[name]

    def _changed(self, change: Any) -> None:
        with self._lock:
            now = self.state.to_dict()
            changed = {name for name, value in now.items() if value != self._drawn.get(name)}
            if not changed:
                return  # one of several values that were set at once, drawn with the first
            waits = bool(self.slow) and self._may_wait(changed)
            self._controls.guarded(lambda: self._redraw(waits))

    def _may_wait(self, changed: set[str]) -> bool:
        """Whether the slow panels wait for a rest after such a change."""
        return changed <= self.state.continuous

    def _redraw(self, moving: bool) -> None:
        # Where no event loop runs there is no later, and all is drawn now.
        draft = moving and self._later.call(self._settle)
        try:
            self.draw(self.slow if draft else frozenset())
        except Exception:
            with suppress(Exception):
                self._synchronise()  # controls show the state, also where it has no answer
            raise
        self._synchronise()
        self.message.value = ""
        self._write_status()

    def _settle(self) -> None:
        self._later.cancel()
        self._controls.guarded(lambda: self._redraw(moving=False))

    def _show_error(self, error: Exception) -> None:
        what = f"<b>{escape(type(error).__name__)}</b>: {escape(str(error))}"
        self.message.value = f'<span role="alert" style="color:#B00020">{what}</span>'

    # --- the page ---

    def _build(self) -> None:
        for name, panel in self.panels.items():
            view = SvgView() if isinstance(panel, Svg) else widgets.Image(format="png")
            view.layout.margin = "0"
            view.add_class(f"wb-{name}")
            if isinstance(view, SvgView):
                view.on_event(partial(self._on_event, name))
            _show(view, self._visible(name))
            self.views[name] = view
        unknown = [name for name in self._hidden if name not in self.controls | self.views]
        if unknown:
            raise ValueError(
                f"hide: expected some of {', '.join(self.controls | self.views)}, got {unknown[0]!r}"
            )
        for name in self._hidden:
            (self.controls | self.views)[name].layout.display = "none"
        self.status = widgets.HTML().add_class("wb-status")
        self.corner = widgets.HTML().add_class("wb-corner")
        self._tools = row(*(self.controls[name] for name in self._tool_names))
        head = row(self.status, self.corner, justify_content="space-between", width="100%")
        story = [widgets.HTML(f'<span style="font-size:13px">{self.story}</span>')] if self.story else []
        self.widget = column(head, *story, self.message, *self._arrange(), self._tools, width="100%")
        self.widget.add_class("wb-explorer").add_class(f"wb-{self.title.lower().replace(' ', '-')}")
        self._synchronise()
        self._write_status()

    def _on_event(self, panel: str, event: dict[str, Any]) -> None:
        self._controls.guarded(lambda: self._heard(panel, event))

    def _write_status(self) -> None:
        self.status.value = (
            f'<b style="font-size:16px">{escape(self.title)}</b> &nbsp; {escape(self.question())}'
        )
        self.corner.value = f'<span style="color:#6B6B6B">{escape(self.timings.said())}</span>'
        self.controls["copy"].text = self.as_python()
        self.controls["reveal"].layout.display = "" if self.state.hidden else "none"

    # --- the tools of every explorer ---

    _tool_names: ClassVar[tuple[str, ...]] = (
        "reset",
        "undo",
        "presets",
        "predict_first",
        "reveal",
        "copy",
        "save_figure",
        "save_page",
    )

    def _make_tools(self) -> dict[str, widgets.Widget]:
        make = self._controls
        presets = widgets.Dropdown(
            options=["presets …", *self.presets],
            tooltip="Go to a view that is worth a look",
            layout=widgets.Layout(width="170px", display=None if self.presets else "none"),
        ).add_class("wb-presets")
        presets.observe(lambda change: self._take_preset(presets, change["new"]), names="value")
        return {
            "reset": make.button("reset", "reset", "Back to where this view started", self.state.reset),
            "undo": make.button("undo", "undo", "Take back the last change", self.state.undo),
            "presets": presets,
            "predict_first": make.check(
                "predict_first", "predict first", "Hide each answer until you ask for it"
            ),
            "reveal": make.button("reveal", "reveal", "Show the answer", self._reveal),
            "copy": CopyButton(hint="One line of Python that recreates this view"),
            "save_figure": make.button(
                "save-figure", "save figure", "Write this view into the notebook's folder", self._save_figure
            ),
            "save_page": make.button(
                "save-page", "to HTML", "Write a page that works without Python", self._save_page
            ),
        }

    def _take_preset(self, menu: widgets.Dropdown, name: str) -> None:
        if name in self.presets:
            self._controls.guarded(lambda: self.state.update(self.presets[name]))
            menu.value = menu.options[0]

    def _reveal(self) -> None:
        self.state.revealed = True

    def _save_figure(self) -> None:
        self._tell(self.save(fresh_name(self.title, ".svg")))

    def _save_page(self) -> None:
        self._tell([self.to_html(fresh_name(self.title, ".html"))])

    def _tell(self, paths: Sequence[Path]) -> None:
        self.message.value = f"written: {', '.join(escape(str(path)) for path in paths)}"

    # --- taking it away ---

    def as_python(self) -> str:
        """One line that recreates this view."""
        function, arguments = self.call
        defaults = self.state.defaults()
        values = {
            name: value
            for name, value in self.state.to_dict().items()
            if name not in defaults or value != defaults[name]
        }
        written = "".join(f", {name}={value!r}" for name, value in values.items())
        return f"{function}({arguments}{written})" if arguments else f"{function}({written[2:]})"

    def figure(self) -> Svg:
        """All panels on one sheet, as they are shown: what is printed and saved.

        Raises:
            RuntimeError: the present state could not be drawn.
        """
        self._require_answer()
        shown = {name: self._visible(name) for name in self.panels if self.is_shown(name)}
        return compose(self.title, self.question(), shown, self.sheet)

    def _require_answer(self) -> None:
        """Draw what waits for a slider to rest; the panels must be those of the state."""
        if self._later.waits:
            self._settle()
        if self._failed:
            raise RuntimeError("the last change could not be drawn: undo it, or see the explorer's message")

    def save(self, path: str | Path) -> list[Path]:
        """Write the figure (``.svg``, ``.png``) or its numbers (``.csv``), with the state beside it as JSON.

        Returns:
            The files that were written.

        Raises:
            ValueError: another ending, or numbers that are still to be predicted.
            RuntimeError: the present state could not be drawn.
            FileNotFoundError: there is no such folder. None of these writes anything.
        """
        path = Path(path)
        self._require_answer()
        if path.suffix == ".csv":
            if self.state.hidden:
                raise ValueError("save: expected an answer that is revealed, got one that is to be predicted")
            return save_table(path, self.table(), self.state.to_dict())
        return save_figure(path, self.figure(), self.state.to_dict())

    def to_html(self, path: str | Path, **limits: Any) -> Path:
        """Write one self-contained page that works offline without Python.

        It offers the explorer's main controls over precomputed answers.

        Args:
            path: ends in ``.html``; an existing file is replaced.
            limits: how many answers to precompute, by explorer; see its ``export_axes``.
        """
        axes = self.export_axes(**limits)
        return write_page(self, Path(path), [self._offered(axis) for axis in axes])

    def _offered(self, axis: Axis) -> Axis:
        """The axis, or its present value alone where its control is hidden."""
        control = "cards" if axis.name == "shown" else axis.name
        return axis.fixed() if control in self._hidden else axis

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The live widget, and the printed sheet for wherever no kernel runs."""
        live = self.widget._repr_mimebundle_(**kwargs)
        try:
            printed = self.figure()
        except RuntimeError as error:
            return {**live, "text/plain": f"{self.title}: {error}"}
        return {
            **live,
            "text/plain": f"{self.title}: {self.question()}",
            "image/svg+xml": printed.text(),
            "image/jpeg": base64.b64encode(printed.jpeg()).decode(),
            **page_beside_run(self, printed.height),
        }


def _show(view: widgets.Widget, panel: Panel) -> None:
    if isinstance(panel, Svg):
        view.show(panel)
    else:
        view.value = panel
