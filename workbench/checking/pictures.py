"""The pictures of an executed notebook, kept small enough to lie in a repository."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from workbench.drawing.svg import svg_to_png
from workbench.files import write_whole
from workbench.reading.source import own_cells, read_source

#: A picture larger than this is stored with less detail, and at last smaller.
MOST_PICTURE_BYTES = 20_000
SUFFIX = ".webp"
_QUALITIES = (60, 45, 30, 20)
_KINDS = ("image/png", "image/jpeg", "image/svg+xml")


def save_pictures(executed: Path, folder: Path, width: int = 480) -> dict[str, Path]:
    """Keep the pictures that a notebook shows as WebP files, in place of those kept before.

    The same notebook gives the same bytes. What cannot be read as a picture is left out.

    Args:
        executed: a notebook with its outputs.
        folder: of the files; it is made if need be.
        width: of the widest, in pixels; nothing is enlarged.

    Returns:
        Title → file, in the notebook's order; a title is the cell's id and the number of the picture in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Path] = {}
    for place, cell in enumerate(own_cells(read_source(executed)), start=1):
        # Older notebooks have no ids; and no id may lead out of the folder.
        name = re.sub(r"[^\w-]", "_", str(cell.get("id") or f"cell{place}"))
        for number, picture in enumerate(_pictures(cell), start=1):
            title = f"{name}-{number}"
            kept[title] = folder / f"{title}{SUFFIX}"
            write_whole(kept[title], _small(picture, width))
    for old in set(folder.glob(f"*{SUFFIX}")) - set(kept.values()):
        old.unlink()
    return kept


def pair_pictures(before_folder: Path, after_folder: Path) -> dict[str, tuple[Path | None, Path | None]]:
    """Title → (before, after), of two folders that :func:`save_pictures` wrote; ``None`` where one has none.

    In the order of the titles; a folder need not be there.
    """
    before, after = _titles(before_folder), _titles(after_folder)
    return {title: (before.get(title), after.get(title)) for title in sorted({**before, **after}, key=_order)}


def _order(title: str) -> tuple[str, int]:
    """By cell, then by number: the tenth picture comes after the second."""
    cell, _, number = title.rpartition("-")
    return cell, int(number) if number.isdigit() else 0


def _titles(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in folder.glob(f"*{SUFFIX}")}


def _pictures(cell: dict[str, Any]) -> Iterator[Image.Image]:
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        kind = next((kind for kind in _KINDS if kind in data), None)
        if kind is None:
            continue
        text = data[kind] if isinstance(data[kind], str) else "".join(data[kind])
        try:
            png = svg_to_png(text, zoom=1) if kind == _KINDS[2] else base64.b64decode(text)
            with Image.open(io.BytesIO(png)) as picture:
                yield _on_white(picture)
        except (ValueError, OSError, Image.DecompressionBombError):  # no picture, whatever it says
            continue


def _on_white(picture: Image.Image) -> Image.Image:
    layer = picture.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


def _small(picture: Image.Image, width: int) -> bytes:
    """As WebP of at most :data:`MOST_PICTURE_BYTES`."""
    shape = picture.size
    while True:
        across = min(width, shape[0])
        scaled = picture.resize(
            (across, max(1, round(shape[1] * across / shape[0]))), Image.Resampling.LANCZOS
        )
        for quality in _QUALITIES:
            buffer = io.BytesIO()
            scaled.save(buffer, "WEBP", quality=quality, method=6)
            if buffer.tell() <= MOST_PICTURE_BYTES or across == 1:
                return buffer.getvalue()
        width = max(1, across * 3 // 4)
