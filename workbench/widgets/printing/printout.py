"""The printed sheet of an explorer: shown where no kernel runs, and saved with its numbers and its state."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...drawing.panels import compose
from ...drawing.svg import Svg
from .beside_run import page_beside_run
from .printable import Printable
from .saving import save_figure, save_table


def printed_sheet(explorer: Printable) -> Svg:
    """All panels on one sheet, as they are shown.

    Raises:
        RuntimeError: the present state could not be drawn.
    """
    explorer.require_answer()
    return compose(explorer.title, explorer.question(), explorer.shown_panels(), explorer.sheet)


def save_printout(explorer: Printable, path: Path) -> list[Path]:
    """Write the sheet (``.svg``, ``.png``) or its numbers (``.csv``), and the state beside it.

    Raises:
        ValueError: another ending, or numbers that are still to be predicted.
        RuntimeError: the present state could not be drawn.
        FileNotFoundError: there is no such folder. None of these writes anything.
    """
    if path.suffix != ".csv":
        return save_figure(path, printed_sheet(explorer), explorer.state.to_dict())
    explorer.require_answer()
    if explorer.state.hidden:
        raise ValueError("save: expected an answer that is revealed, got one that is to be predicted")
    return save_table(path, explorer.table(), explorer.state.to_dict())


def with_printout(explorer: Printable, live: Mapping[str, Any]) -> dict[str, Any]:
    """What a cell shows: the ``live`` widget, and the printed sheet for wherever no kernel runs."""
    try:
        sheet = printed_sheet(explorer)
    except RuntimeError as error:
        return {**live, "text/plain": f"{explorer.title}: {error}"}
    return {
        **live,
        "text/plain": f"{explorer.title}: {explorer.question()}",
        "image/svg+xml": sheet.text(),
        "image/jpeg": base64.b64encode(sheet.jpeg()).decode(),
        **page_beside_run(explorer, sheet.height),
    }
