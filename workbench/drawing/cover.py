"""What stands where an answer is hidden until it has been predicted."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from .colours import FAINT, GROUND
from .lettering import font
from .panels import Panel
from .svg import Svg, element, label

WORDS = "Predict first: what will stand here?"


def cover(panel: Panel) -> Panel:
    """A blank of the same size and kind as ``panel``."""
    if isinstance(panel, Svg):
        ground = element("rect", width=panel.width, height=panel.height, rx=8, fill=GROUND)
        text = label(panel.width / 2, panel.height / 2, WORDS, 14, FAINT, text_anchor="middle")
        return Svg(panel.width, panel.height, ground + text, WORDS)
    with Image.open(io.BytesIO(panel)) as hidden:
        size = hidden.size
    blank = Image.new("RGB", size, GROUND)
    middle = (size[0] / 2, size[1] / 2)
    ImageDraw.Draw(blank).text(middle, WORDS, fill=FAINT, font=font(16), anchor="mm")
    buffer = io.BytesIO()
    blank.save(buffer, "PNG")
    return buffer.getvalue()
