"""What all explorers share: draw when the state changes, show errors in words, print, save, take away."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets as widgets

from ..drawing.cover import cover
from ..drawing.panels import Panel
from ..drawing.svg import Svg
from .contract import require_all_given, require_panels
from .controls import Controls, column
from .heading import Heading
from .later import Later
from .printing.page import write_page
from .printing.page_axes import Axis
from .printing.printout import printed_sheet, save_printout, with_printout
from .printing.saving import fresh_name
from .state import ExplorerState
from .svg_view import show_panel, view_of
from .timing import Timings
from .tools import Tools, line_of_python


class Explorer(ABC):
    """A live view of a state: change the state, by controls or in Python, and the panels follow.

    A subclass must give six methods: ``answer`` and then ``figures`` (what its panels are for a state),
    ``sentence`` and ``table`` (the same in words and in numbers), ``_make_controls`` and ``_arrange`` (what
    stands on the page, and where); ``presets`` and ``export_axes``; and the class attributes ``title``, ``call``
    and ``sheet``. One that forgets some of them is refused when it is defined, unless it is there for others to
    derive from: ``class SampleExplorer(Explorer, abstract=True)``. It ends its own ``__init__`` with this one.

    Args:
        state: observable; ``explorer.state.sample = 3`` is as good as moving a slider.
        hide: names of controls and panels that are not to be seen, for a lesson.

    Raises:
        ValueError: a name in ``hide`` that there is not; the message lists those there are.
        TypeError: of a subclass, on its definition: something that it must give is missing.
    """

    #: What it is called on the page.
    title: ClassVar[str]
    #: The function that makes one, and its first arguments: what "copy state" writes.
    call: ClassVar[tuple[str, str]]
    #: Panels on the printed sheet, from left to right, from top to bottom.
    sheet: ClassVar[tuple[tuple[str, ...], ...]]
    #: What to do with it, in one line of HTML below the title.
    story: ClassVar[str] = ""
    #: Panels that "predict first" hides.
    answers: ClassVar[frozenset[str]] = frozenset()
    #: Panels that wait until a slider rests.
    slow: ClassVar[frozenset[str]] = frozenset()
    state: Any

    def __init_subclass__(cls, *, abstract: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        if not abstract:
            require_all_given(cls)

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
        self.heading = Heading(self.title, self.story)
        self.status, self.corner = self.heading.status, self.heading.corner
        self.message = self.heading.message
        self._controls = Controls(state, self.heading.show_error)
        self.draw()
        require_panels(type(self), self.panels)
        self.tools = Tools(self._controls, self.presets, self._save_figure, self._save_page)
        self.controls = self._make_controls() | self.tools.controls
        self._build()
        self.state.observe(self._changed)

    # --- what a subclass must give ---

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

    @property
    @abstractmethod
    def presets(self) -> Mapping[str, dict[str, Any]]:
        """Name → values of the state: views that are worth a look."""

    @abstractmethod
    def export_axes(self, *args: Any, **limits: Any) -> list[Axis]:
        """What a page without Python lets its reader change; the arguments are the ``limits`` of ``to_html``."""

    # --- what a subclass may give ---

    def _handle_event(self, panel: str, event: dict[str, Any]) -> None:
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

    def __repr__(self) -> str:
        return f"{self.title}: {'could not be drawn' if self._failed else self.question()}"

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
                show_panel(view, self._visible(name))

    def is_shown(self, name: str) -> bool:
        """Whether a panel or a control is to be seen."""
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

    # --- the page ---

    def _build(self) -> None:
        for name, panel in self.panels.items():
            self.views[name] = view_of(panel, partial(self._on_event, name)).add_class(f"wb-{name}")
            show_panel(self.views[name], self._visible(name))
        parts = self.controls | self.views
        unknown = [name for name in self._hidden if name not in parts]
        if unknown:
            raise ValueError(f"hide: expected some of {', '.join(parts)}, got {unknown[0]!r}")
        for name in self._hidden:
            parts[name].layout.display = "none"
        self.widget = column(*self.heading.lines, *self._arrange(), self.tools.widget, width="100%")
        self.widget.add_class("wb-explorer").add_class(f"wb-{self.title.lower().replace(' ', '-')}")
        self._synchronise()
        self._write_status()

    def _on_event(self, panel: str, event: dict[str, Any]) -> None:
        self._controls.guarded(lambda: self._handle_event(panel, event))

    def _write_status(self) -> None:
        self.heading.show(self.question(), self.timings.in_words())
        self.tools.show(self.as_python())

    # --- taking it away ---

    def as_python(self) -> str:
        """One line that recreates this view."""
        return line_of_python(self.call, self.state)

    def require_answer(self) -> None:
        """Draw what waits for a slider to rest; the panels are then those of the state.

        Raises:
            RuntimeError: the present state could not be drawn.
        """
        if self._later.waits:
            self._settle()
        if self._failed:
            raise RuntimeError("the last change could not be drawn: undo it, or see the explorer's message")

    def shown_panels(self) -> dict[str, Panel]:
        """The panels as they are to be seen."""
        return {name: self._visible(name) for name in self.panels if self.is_shown(name)}

    def figure(self) -> Svg:
        """All panels on one sheet, as they are shown: what is printed and saved.

        Raises:
            RuntimeError: the present state could not be drawn.
        """
        return printed_sheet(self)

    def save(self, path: str | Path) -> list[Path]:
        """Write the figure (``.svg``, ``.png``) or its numbers (``.csv``), with the state beside it as JSON.

        Returns:
            The files that were written.

        Raises:
            ValueError: another ending, or numbers that are still to be predicted.
            RuntimeError: the present state could not be drawn.
            FileNotFoundError: there is no such folder. None of these writes anything.
        """
        return save_printout(self, Path(path))

    def to_html(self, path: str | Path, **limits: Any) -> Path:
        """Write one self-contained page that works offline without Python.

        It offers the explorer's main controls over precomputed answers.

        Args:
            path: ends in ``.html``; an existing file is replaced.
            limits: how many answers to precompute, by explorer; see its ``export_axes``.
        """
        return write_page(self, Path(path), self.export_axes(**limits))

    def _save_figure(self) -> None:
        self.heading.show_written(self.save(fresh_name(self.title, ".svg")))

    def _save_page(self) -> None:
        self.heading.show_written([self.to_html(fresh_name(self.title, ".html"))])

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The live widget, and the printed sheet for wherever no kernel runs."""
        return with_printout(self, self.widget._repr_mimebundle_(**kwargs))
