"""What the figures of the fusion playground share: legends, handles to drag, names to click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...drawing.colours import PRIOR, modality_colours
from ...drawing.svg import element, label, number, title
from ..families.looks import FUSION_LOOKS
from .arrays import Fusion

if TYPE_CHECKING:
    from mopoe import Summary

#: An expert or a name that takes no part is drawn this faint.
ABSENT = 0.25
CHIP_WIDTH, CHIP_HEIGHT = 78, 24


#: Name, colour, width and dashes of a line in a legend.
Line = tuple[str, str, float, str | None]


EXACT = "#D4D4D4"


def chips(answer: Fusion, places: Sequence[tuple[float, float]]) -> list[str]:
    """One name a modality, its upper left at each place; a click lets its expert take part or not."""
    colours = modality_colours(answer.modalities)
    return [
        _chip(name, place, colours[name], answer)
        for name, place in zip(answer.modalities, places, strict=True)
    ]


def _chip(name: str, place: tuple[float, float], colour: str, answer: Fusion) -> str:
    shown = name in answer.shown
    after = [m for m in answer.modalities if (m in answer.shown) != (m == name)]
    box = element(
        "rect",
        x=place[0] + 1,
        y=place[1] + 1,
        width=CHIP_WIDTH - 2,
        height=CHIP_HEIGHT - 2,
        rx=11,
        fill=colour if shown else "white",
        fill_opacity=0.18 if shown else 1,
        stroke=colour,
        stroke_width=2,
        stroke_dasharray=None if shown else "3 3",
    )
    text = label(place[0] + 12, place[1] + 16.5, f"{'✓' if shown else '✗'} {name}", 12, font_weight="600")
    about = title(f"{name} {'takes part' if shown else 'is missing'}: click to change")
    return element(
        "g",
        box + text + about,
        # What is shown after the click, as pages of precomputed answers expect it.
        data_key="/".join(after),
        role="button",
        tabindex="0",
        aria_pressed="true" if shown else "false",
        aria_label=f"{name} takes part",
    )


def mean_handle(name: str, x: float, y: float, colour: str, answer: Fusion) -> str:
    """The round handle of an expert's mean."""
    where = ", ".join(number(value, 2) for value in answer.means[answer.modalities.index(name)])
    return element(
        "circle",
        title(f"{name} says {where}: drag"),
        cx=x,
        cy=y,
        r=9,
        fill=colour,
        stroke="white",
        stroke_width=2,
        **_draggable("means", name, f"{name}, mean {where}", answer),
    )


def width_handle(name: str, x: float, y: float, colour: str, answer: Fusion) -> str:
    """The square handle of an expert's width."""
    width = number(float(answer.widths[answer.modalities.index(name)]), 2)
    return element(
        "rect",
        title(f"{name} is sure to ± {width}: drag"),
        x=x - 6,
        y=y - 6,
        width=12,
        height=12,
        fill="white",
        stroke=colour,
        stroke_width=3,
        **_draggable("widths", name, f"{name}, width {width}", answer),
    )


def reading_handle(name: str, x: float, y: float, colour: str, answer: Fusion) -> str:
    """The triangle of a sensor's reading, its tip at (x, y)."""
    row = answer.modalities.index(name)
    where = ", ".join(number(value, 2) for value in answer.readings[row])
    noise = number(float(answer.noise[row]), 2)
    return element(
        "path",
        title(f"the sensor of {name} read {where}, its noise is {noise}: drag"),
        d=f"M{x:.1f} {y:.1f}l8 13h-16Z",
        fill="white",
        stroke=colour,
        stroke_width=2,
        **_draggable("readings", name, f"reading of {name}, {where}", answer),
    )


def family_lines() -> list[Line]:
    """What stands in the legend of families."""
    lines: list[Line] = [("exact", EXACT, 9.0, None), ("prior", PRIOR, 1.5, "5 4")]
    return lines + [
        (name, look.colour, look.width, look.stroke_dasharray) for name, look in FUSION_LOOKS.items()
    ]


def legend(lines: Sequence[Line], places: Sequence[tuple[float, float]]) -> list[str]:
    """A piece of each line with its name, from each place to the right."""
    parts = []
    for (name, colour, width, dash), (x, y) in zip(lines, places, strict=True):
        parts.append(
            element("path", d=f"M{x:g} {y:g}h22", stroke=colour, stroke_width=width, stroke_dasharray=dash)
        )
        parts.append(label(x + 28, y + 4, name, 12))
    return parts


def in_words(term: Summary, digits: int = 2) -> str:
    """A number with its error, where that can be seen."""
    value = term.value if abs(term.value) >= 0.5 * 10**-digits else 0.0
    spread = f" ± {number(term.standard_error, digits)}" if term.standard_error >= 0.5 * 10**-digits else ""
    return f"{number(value, digits)}{spread}"


def _draggable(what: str, name: str, said: str, answer: Fusion) -> dict[str, str | float | None]:
    return {
        "data_drag": f"{what}/{name}",
        "tabindex": "0",
        "role": "slider",
        "aria_label": f"{said}; drag it, or move it by arrow keys",
        "opacity": 1 if name in answer.shown else ABSENT + 0.1,
    }
