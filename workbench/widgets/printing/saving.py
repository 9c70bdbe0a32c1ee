"""Figures and tables as files, with the state beside them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...drawing.svg import Svg
from ...files import Content, write_all_or_none


def save_figure(path: Path, figure: Svg, state: Mapping[str, Any]) -> list[Path]:
    """Write an ``.svg`` or ``.png`` file and the state.

    Raises:
        ValueError: another ending; nothing is written.
    """
    if path.suffix == ".svg":
        return _with_state(path, figure.text(), state)
    if path.suffix == ".png":
        return _with_state(path, figure.png(2.0), state)
    raise ValueError(f"save: expected a name that ends in .svg, .png or .csv, got {path.name!r}")


def save_table(path: Path, rows: Sequence[Mapping[str, Any]], state: Mapping[str, Any]) -> list[Path]:
    """Write the rows as CSV, with a column for every name in any of them, and the state."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return _with_state(path, text.getvalue(), state)


def fresh_name(title: str, ending: str) -> Path:
    """A name in this folder that no file has yet."""
    stem = title.lower().replace(" ", "_")
    numbers = (f"_{i}" if i > 1 else "" for i in range(1, 10_000))
    paths = (Path(f"{stem}{number}{ending}") for number in numbers)
    return next(path for path in paths if not path.exists() and not _state_beside(path).exists())


def _state_beside(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _with_state(path: Path, content: Content, state: Mapping[str, Any]) -> list[Path]:
    return write_all_or_none({path: content, _state_beside(path): json.dumps(dict(state), indent=1) + "\n"})
