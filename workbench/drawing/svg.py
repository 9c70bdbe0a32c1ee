"""Figures as SVG: crisp at any size, alive in a browser, printed and saved as they are."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PIL import Image

from ..numerals import numeral
from .colours import FAINT, INK

#: On a wide page a figure may grow by this factor.
MOST_GROWTH = 1.4
FONT = "system-ui, 'DejaVu Sans', Verdana, sans-serif"


@dataclass(frozen=True)
class Svg:
    """A finished figure.

    Attributes:
        width: in pixels; a browser may show it smaller.
        height: likewise.
        body: SVG elements.
        about: what it shows, in words, for whoever cannot see it.
    """

    width: float
    height: float
    body: str
    about: str = ""

    def text(self) -> str:
        """The whole SVG document."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:g}" height="{self.height:g}" '
            f'viewBox="0 0 {self.width:g} {self.height:g}" font-family="{FONT}" role="group" '
            f'style="max-width:{MOST_GROWTH * self.width:g}px" aria-label="{escape(self.about)}">{self.body}</svg>'
        )

    def png(self, zoom: float = 1.5) -> bytes:
        """The figure as pixels; see :func:`svg_to_png`."""
        return svg_to_png(self.text(), zoom)

    def jpeg(self, zoom: float = 1.0) -> bytes:
        """The same, a third as large: for a notebook's stored output."""
        with Image.open(io.BytesIO(self.png(zoom))) as picture:
            buffer = io.BytesIO()
            picture.convert("RGB").save(buffer, "JPEG", quality=88)
        return buffer.getvalue()

    def _repr_svg_(self) -> str:
        return self.text()


def svg_to_png(text: str, zoom: float) -> bytes:
    """An SVG document as pixels, in the typeface that matplotlib ships, so that every machine draws the same."""
    import matplotlib
    import resvg_py

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return resvg_py.svg_to_bytes(
        svg_string=text,
        background="white",
        zoom=zoom,
        skip_system_fonts=True,
        sans_serif_family="DejaVu Sans",
        font_files=[str(folder / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")],
    )


def element(tag: str, content: str = "", /, **attributes: str | float | None) -> str:
    """One SVG element; ``stroke_width`` is written ``stroke-width``, and what is ``None`` is left out."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{content}</{tag}>"


def label(
    x: float, y: float, text: str, size: float = 12, fill: str = INK, **attributes: str | float | None
) -> str:
    """A line of text with its baseline at y."""
    return element("text", escape(text), x=x, y=y, font_size=size, fill=fill, **attributes)


def name_on_anything(x: float, y: float, text: str, fill: str, anchor: str = "start") -> str:
    """A name in its colour with a white rim, to be read in front of whatever is drawn."""
    rim: dict[str, str | float | None] = {"stroke": "white", "stroke_width": 3, "paint_order": "stroke"}
    return label(x, y, text, 12, fill, text_anchor=anchor, font_weight="600", **rim)


def title(text: str) -> str:
    """What a browser shows while the pointer rests on the element that this stands in."""
    return element("title", escape(text))


def polyline(points: Sequence[tuple[float, float]], **attributes: str | float | None) -> str:
    """An open line through points."""
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return element("path", d=path, fill="none", **attributes)


def image(content: bytes, x: float, y: float, width: float, height: float, kind: str = "png") -> str:
    """A picture within the figure: PNG, or JPEG where ``kind`` says so."""
    data = base64.b64encode(content).decode()
    return element("image", x=x, y=y, width=width, height=height, href=f"data:image/{kind};base64,{data}")


def heading(text: str, remark: str = "") -> str:
    """The headline of a figure at its upper left, with a fainter remark after it."""
    more = element("tspan", escape(remark), dx=8, font_weight="400", fill=FAINT) if remark else ""
    return element("text", escape(text) + more, x=0, y=14, font_size=13, font_weight="600", fill=INK)


def number(value: float, digits: int = 1) -> str:
    """A number with a true minus sign and thin spaces between thousands."""
    return numeral(value, f",.{digits}f").replace(",", "\u2009")


def with_error(value: float, error: float) -> tuple[str, str]:
    """A number and its error, with so many decimals, one to three, that the error has a digit other than 0."""
    known = math.isfinite(error) and error > 0
    digits = min(max(1, -math.floor(math.log10(error))), 3) if known else 1
    return number(value, digits), number(error, digits)


def _value(value: str | float) -> str:
    return f"{value:.5g}" if isinstance(value, (int, float)) else escape(value)
