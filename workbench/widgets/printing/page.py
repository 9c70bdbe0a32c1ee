"""An explorer as one HTML page: its answers computed before, its controls in plain JavaScript."""

from __future__ import annotations

import base64
import gzip
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image

from ...drawing.panels import Panel
from ...drawing.svg import Svg
from ...files import require_folder, write_whole
from ..svg_view import STATIC
from .page_axes import Axis
from .printable import Printable

MOST_BYTES = 6_000_000


def write_page(explorer: Printable, path: Path, axes: Sequence[Axis]) -> Path:
    """Write the page for all combinations of the axes' values; one whose control is hidden keeps its present value.

    Raises:
        ValueError: another ending than ``.html``, or a page of more than 6 MB.
        FileNotFoundError: there is no such folder. Nothing is written.
    """
    require_folder(path)
    if path.suffix != ".html":
        raise ValueError(f"to_html: expected a name that ends in .html, got {path.name!r}")
    axes = [axis if _has_control(explorer, axis) else axis.fixed() for axis in axes]
    store = _Store()
    frames = [_frame(explorer, values, store) for values in _combinations(axes)]
    content = {
        "axes": [asdict(axis) for axis in axes],
        "frames": frames,
        "texts": store.texts,
        "sheet": explorer.sheet,
        "answers": sorted(explorer.answers),
        "predict": explorer.state.predict_first,
    }
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode(), mtime=0)).decode()
    page = _page(explorer.title, packed).encode()
    if len(page) > MOST_BYTES:
        raise ValueError(
            f"to_html: expected a page below {MOST_BYTES / 1e6:.0f} MB, got {len(page) / 1e6:.1f} MB from "
            f"{len(frames)} answers; ask for fewer"
        )
    return write_whole(path, page)


def _has_control(explorer: Printable, axis: Axis) -> bool:
    return explorer.is_shown("cards" if axis.name == "shown" else axis.name)


class _Store:
    """Each different picture once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._places: dict[str, int] = {}

    def place(self, text: str) -> int:
        if text not in self._places:
            self._places[text] = len(self.texts)
            self.texts.append(text)
        return self._places[text]


def _combinations(axes: Sequence[Axis]) -> Iterator[dict[str, Any]]:
    """All values of all axes; the last axis runs fastest, as the page counts."""
    for values in itertools.product(*(axis.values for axis in axes)):
        yield {axis.name: value for axis, value in zip(axes, values, strict=True)}


def _frame(explorer: Printable, values: dict[str, Any], store: _Store) -> dict[str, Any]:
    """One answer: where its pictures and its sentence stand in the store; an error is an answer too."""
    state = explorer.state.twin(**(values | {"predict_first": False}))
    try:
        answer = explorer.answer(state)
        panels = explorer.figures(state, answer)
        sentence = explorer.sentence(state, answer)
    except Exception as error:  # as in the notebook, where it is a message too
        return {"sentence": f"{type(error).__name__}: {error}", "panels": {}}
    return {
        "sentence": sentence,
        "panels": {
            name: store.place(_text(panel)) for name, panel in panels.items() if explorer.is_shown(name)
        },
    }


def _text(panel: Panel) -> str:
    if isinstance(panel, Svg):
        return panel.text()
    with Image.open(io.BytesIO(panel)) as picture:
        buffer = io.BytesIO()
        picture.convert("RGB").save(buffer, "WEBP", quality=60)
        size = picture.size
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<img alt="" width="{size[0]}" height="{size[1]}" src="data:image/webp;base64,{data}">'


def _page(title: str, packed: str) -> str:
    parts = {name: (STATIC / name).read_text(encoding="utf-8") for name in _PARTS}
    return (
        parts["page.html"]
        .replace("TITLE", escape(title))
        .replace("/*STYLE*/", parts["svg_view.css"] + parts["page.css"])
        .replace("/*SCRIPT*/", parts["morph.js"] + parts["page.js"])
        .replace("PACKED", packed)
    )


_PARTS = ("page.html", "page.css", "page.js", "morph.js", "svg_view.css")
