"""How families are told apart: by shape, by colour, and by the name beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .colours import FAMILY_COLOURS
from .svg import element

_SHAPES = (
    "M{l} {t}H{h}V{b}H{l}Z",  # square
    "M{x} {t}L{h} {b}H{l}Z",  # triangle
    "M{l} {y}A{r} {r} 0 1 0 {h} {y}A{r} {r} 0 1 0 {l} {y}Z",  # circle
    "M{x} {t}L{h} {y}L{x} {b}L{l} {y}Z",  # diamond
)


def family_colours(names: Sequence[str]) -> dict[str, str]:
    """Family → colour, by position; colours repeat after four."""
    return {name: FAMILY_COLOURS[i % len(FAMILY_COLOURS)] for i, name in enumerate(names)}


def mark(place: int, x: float, y: float, r: float = 4.5, content: str = "") -> str:
    """The shape of the family at ``place``, around (x, y)."""
    i, r = place % len(_SHAPES), r * (1.25 if place % len(_SHAPES) % 2 else 1)
    numbers = {"x": x, "y": y, "l": x - r, "h": x + r, "t": y - r, "b": y + r, "r": r}
    path = _SHAPES[i].format(**{name: f"{value:.1f}" for name, value in numbers.items()})
    return element("path", content, d=path, fill=FAMILY_COLOURS[i], stroke="white", stroke_width=1)


@dataclass(frozen=True)
class FamilyLook:
    """How a family is drawn: told apart by colour, by line and by mark.

    Attributes:
        colour: of line and mark.
        width: of the line, in pixels or points.
        dashes: stroke and gap in widths of the line; ``None`` for a whole line.
        mark: one character.
        marker: the same shape as matplotlib calls it.
    """

    colour: str
    width: float
    dashes: tuple[float, float] | None
    mark: str
    marker: str

    @property
    def stroke_dasharray(self) -> str | None:
        """The dashes as SVG writes them."""
        return None if self.dashes is None else " ".join(f"{part * self.width:g}" for part in self.dashes)

    @property
    def points(self) -> dict[str, Any]:
        """Points as arguments of matplotlib's ``plot``."""
        return {"color": self.colour, "marker": self.marker}

    @property
    def line(self) -> dict[str, Any]:
        """The line as arguments of matplotlib's ``plot``."""
        style = "-" if self.dashes is None else (0, self.dashes)
        return {"color": self.colour, "linewidth": self.width, "linestyle": style}


#: How the family at each place is drawn, in charts and in figures.
FAMILY_LOOKS = (
    FamilyLook(FAMILY_COLOURS[0], 2.5, None, "■", "s"),
    FamilyLook(FAMILY_COLOURS[1], 2.5, (2.8, 1.6), "▲", "^"),
    FamilyLook(FAMILY_COLOURS[2], 3, None, "●", "o"),
    FamilyLook(FAMILY_COLOURS[3], 2.5, (1, 1), "◆", "D"),
)
