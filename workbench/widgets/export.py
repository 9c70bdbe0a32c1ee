"""An explorer as one HTML page: its answers computed before, its controls in plain JavaScript."""

from __future__ import annotations

import base64
import gzip
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from ..drawing.panels import Panel
from ..drawing.svg import Svg
from ..files import require_folder, write_whole
from .svg_view import STATIC

if TYPE_CHECKING:
    from .explorer import Explorer

MOST_BYTES = 6_000_000


@dataclass(frozen=True)
class Axis:
    """One value of the state that the page can change.

    Attributes:
        name: in the state.
        label: on the page.
        kind: "slider", "choice", or "subset" for one checkbox a modality.
        values: all that the page offers, in order.
        texts: what stands for each of them.
        start: which of them comes first.
        options: of a subset: the modalities.
    """

    name: str
    label: str
    kind: str
    values: list[Any]
    texts: list[str]
    start: int = 0
    options: tuple[str, ...] = ()

    def fixed(self) -> Axis:
        """The same with its first value alone."""
        return replace(self, values=[self.values[self.start]], texts=[self.texts[self.start]], start=0)


def first_samples(first: int, n: int, n_samples: int) -> Axis:
    """``n`` samples from the present one on.

    Raises:
        ValueError: n below 1.
    """
    if n < 1:
        raise ValueError(f"samples: expected at least 1, got {n}")
    numbers = [(first + i) % n_samples for i in range(min(n, n_samples))]
    return Axis("sample", "sample", "slider", numbers, [str(number) for number in numbers])


def subset_axis(
    modalities: Sequence[str], shown: Sequence[str], *, nothing: bool = True, label: str = "show the model"
) -> Axis:
    """All subsets of the modalities, one checkbox each.

    Raises:
        ValueError: more than six modalities: their answers would not fit into a page.
    """
    if len(modalities) > 6:
        raise ValueError(f"to_html: expected at most 6 modalities to switch, got {len(modalities)}")
    sizes = range(0 if nothing else 1, len(modalities) + 1)
    values = [list(subset) for size in sizes for subset in itertools.combinations(modalities, size)]
    texts = [" + ".join(value) or "nothing" for value in values]
    return Axis("shown", label, "subset", values, texts, values.index(list(shown)), tuple(modalities))


def write_page(explorer: Explorer, path: Path, axes: Sequence[Axis]) -> Path:
    """Write the page for all combinations of the axes' values.

    Raises:
        ValueError: another ending than ``.html``, or a page of more than 6 MB.
        FileNotFoundError: there is no such folder. Nothing is written.
    """
    require_folder(path)
    if path.suffix != ".html":
        raise ValueError(f"to_html: expected a name that ends in .html, got {path.name!r}")
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


def _frame(explorer: Explorer, values: dict[str, Any], store: _Store) -> dict[str, Any]:
    """One answer: where its pictures and its sentence stand in the store; an error is an answer too."""
    state = explorer.state.twin(**(values | {"predict_first": False}))
    try:
        answer = explorer.answer(state)
        panels = explorer.figures(state, answer)
        said = explorer.sentence(state, answer)
    except Exception as error:  # as in the notebook, where it is a message too
        return {"said": f"{type(error).__name__}: {error}", "panels": {}}
    return {
        "said": said,
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
