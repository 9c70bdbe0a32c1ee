"""What printing knows of an explorer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ...drawing.panels import Panel
from .page_axes import Axis


class Printable(Protocol):
    """A state, the panels that answer it, and which of them may be seen."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def sheet(self) -> tuple[tuple[str, ...], ...]:
        """Panels on the printed sheet, from left to right, from top to bottom."""

    @property
    def answers(self) -> frozenset[str]:
        """Panels that "predict first" hides."""

    @property
    def state(self) -> Any:
        """An :class:`~workbench.widgets.state.ExplorerState`."""

    def answer(self, state: Any) -> Any:
        """Named arrays that answer what a state asks."""

    def figures(self, state: Any, answer: Any) -> Mapping[str, Panel]:
        """Panel → picture of an answer."""

    def sentence(self, state: Any, answer: Any) -> str:
        """An answer in one line."""

    def table(self) -> list[dict[str, Any]]:
        """The numbers that are shown, one dictionary a row."""

    def question(self) -> str:
        """What is shown at this moment, in words; nothing of an answer that is hidden."""

    def is_shown(self, name: str) -> bool:
        """Whether a panel or a control is to be seen."""

    def require_answer(self) -> None:
        """Draw what waits for a slider to rest; RuntimeError where the state could not be drawn."""

    def shown_panels(self) -> Mapping[str, Panel]:
        """The panels as they are to be seen."""

    def export_axes(self, *args: Any, **limits: Any) -> list[Axis]:
        """The values that a page without Python offers."""

    def to_html(self, path: Path, **limits: int) -> Path:
        """Write the page without Python."""
