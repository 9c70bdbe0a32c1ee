"""The head of an explorer: its title, what it answers, how long that took, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

import ipywidgets as widgets

from .controls import row


class Heading:
    """Lines above the controls.

    Args:
        title: of the explorer.
        story: what to do with it, in one line of HTML; none where it is empty.
    """

    def __init__(self, title: str, story: str) -> None:
        self._title = title
        self.status = widgets.HTML().add_class("wb-status")
        self.corner = widgets.HTML().add_class("wb-corner")
        self.message = widgets.HTML().add_class("wb-message")
        line = row(self.status, self.corner, justify_content="space-between", width="100%")
        about = [widgets.HTML(f'<span style="font-size:13px">{story}</span>')] if story else []
        #: From top to bottom.
        self.lines: list[widgets.Widget] = [line, *about, self.message]

    def show(self, question: str, timing: str) -> None:
        """Say what is asked and answered, and how long it took."""
        self.status.value = f'<b style="font-size:16px">{escape(self._title)}</b> &nbsp; {escape(question)}'
        self.corner.value = f'<span style="color:#6B6B6B">{escape(timing)}</span>'

    def show_error(self, error: Exception) -> None:
        """Say in words what went wrong."""
        what = f"<b>{escape(type(error).__name__)}</b>: {escape(str(error))}"
        self.message.value = f'<span role="alert" style="color:#B00020">{what}</span>'

    def show_written(self, paths: Iterable[Path]) -> None:
        """Say which files were written."""
        self.message.value = f"written: {', '.join(escape(str(path)) for path in paths)}"
