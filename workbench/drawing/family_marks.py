"""How families are told apart: by shape, by colour, and by the name beside it."""

from __future__ import annotations

from collections.abc import Sequence

from .colours import FAMILY_COLOURS, INK
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


#: Family → colour, width and dashes of its line.
LOOKS = {
    "product": (FAMILY_COLOURS[0], 2.4, "-"),
    "mixture": (FAMILY_COLOURS[1], 2.4, (0, (4, 2))),
    "MoPoE": (INK, 2.6, "-"),
}
