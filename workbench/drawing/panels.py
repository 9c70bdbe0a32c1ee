"""Several figures on one sheet: what is printed and saved of an explorer."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from PIL import Image

from .colours import FAINT, INK
from .svg import Svg, element, image, label

MARGIN, GAP, TOP = 16, 24, 52

Panel = Svg | bytes


def compose(title: str, remark: str, panels: Mapping[str, Panel], rows: Sequence[Sequence[str]]) -> Svg:
    """All panels below a title.

    Args:
        title: of the sheet.
        remark: below the title: the question that the sheet answers.
        panels: name → figure, or picture as PNG.
        rows: names from left to right, from top to bottom; those that ``panels`` lack are left out.
    """
    body, top, width = [], float(TOP), 0.0
    for names in rows:
        left, height = float(MARGIN), 0.0
        for name in (name for name in names if name in panels):
            across, down = _size(panels[name])
            body.append(_placed(panels[name], left, top, across, down))
            left, height = left + across + GAP, max(height, down)
        width, top = max(width, left - GAP + MARGIN), top + height + (GAP if height else 0)
    head = label(MARGIN, 24, title, 18, INK, font_weight="600") + label(MARGIN, 42, remark, 12, FAINT)
    width = max(width, 2 * MARGIN + 6.6 * len(remark))
    ground = element("rect", width=width, height=top, fill="white")
    return Svg(width, top, ground + head + "".join(body), f"{title}: {remark}")


def _size(panel: Panel) -> tuple[float, float]:
    if isinstance(panel, Svg):
        return panel.width, panel.height
    with Image.open(io.BytesIO(panel)) as picture:
        return picture.size


def _small(png: bytes) -> bytes:
    """Photographs as JPEG, a quarter of their size as PNG, which every viewer of SVG can show too."""
    with Image.open(io.BytesIO(png)) as picture:
        buffer = io.BytesIO()
        picture.convert("RGB").save(buffer, "JPEG", quality=90, subsampling=0)
    return buffer.getvalue()


def _placed(panel: Panel, left: float, top: float, width: float, height: float) -> str:
    if isinstance(panel, bytes):
        return image(_small(panel), left, top, width, height, "jpeg")
    return element("g", panel.body, transform=f"translate({left:g} {top:g})")
