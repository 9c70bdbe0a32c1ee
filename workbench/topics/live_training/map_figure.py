"""What a plane of latents decodes to: pictures in the places of their latents."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageDraw

from ...drawing.colours import FAINT, INK, modality_colours
from ...drawing.lettering import font
from ...drawing.sheet import thumbnail, to_png
from ...drawing.tiles import tile
from .arrays import LatentMap

EDGE, TOP, BELOW = 28, 26, 20


def map_sheet(found: LatentMap, modalities: list[str], texts: Mapping[str, Callable] | None = None) -> bytes:
    """One tile a latent, in the orientation of the latent plane, framed in the modality's colour."""
    count = len(found.pictures)
    size = count * EDGE
    canvas = Image.new("RGB", (size + 6, TOP + size + 6 + BELOW), "white")
    pen = ImageDraw.Draw(canvas)
    pen.text((0, 4), f"Expected data on the plane: {found.name}", fill=INK, font=font(13, bold=True))
    colour = modality_colours(modalities)[found.name]
    pen.rectangle((0, TOP, size + 5, TOP + size + 5), outline=colour, width=3)
    text = (texts or {}).get(found.name)
    for r, row in enumerate(found.pictures):
        for c, values in enumerate(row):
            canvas.paste(_tile(values, text), (3 + c * EDGE, TOP + 3 + r * EDGE))
    words = f"both dimensions from −{found.half:g} to {found.half:g}"
    pen.text((0, TOP + size + 10), words, fill=FAINT, font=font(12))
    return to_png(canvas)


def _tile(values: np.ndarray, text: Callable | None) -> Image.Image:
    if text is None:
        return tile(values, EDGE)
    with Image.open(io.BytesIO(thumbnail(values, text(values), EDGE))) as picture:
        return picture.convert("RGB")
