"""All subsets of the modalities as a diagram, larger ones above smaller ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...drawing.colours import FAINT, INK, LINE, modality_colours, shade
from ...drawing.svg import Svg, element, heading, label, title
from .arrays import Lattice
from .lattice_marks import WIDTH, clickable, colouring, rows_of, said_of, short, span_of

TOP, PER_LINE, NODE_HEIGHT, LINE_HEIGHT = 34, 10, 34, 50


def lattice_diagram(lattice: Lattice, chosen: tuple[str, ...]) -> Svg:
    """The diagram, with ``chosen`` framed."""
    places = _places(lattice.subsets, len(lattice.modalities))
    node_width = min(78.0, (WIDTH - 30) / min(PER_LINE, max(_sizes(lattice))) - 5)
    bottom = max(y for _, y in places.values()) + NODE_HEIGHT / 2 + 8
    body = [
        heading("All subsets", f"{lattice.quantity} · click one"),
        *_edges(lattice, places, chosen),
        *_levels(lattice, places),
    ]
    colour = colouring(lattice)
    for subset, value, error, there, trained in rows_of(lattice):
        node = _node(lattice.modalities, subset, value, there, colour(value), node_width)
        frame = element(
            "rect",
            x=-node_width / 2 - 3,
            y=-NODE_HEIGHT / 2 - 3,
            width=node_width + 6,
            height=NODE_HEIGHT + 6,
            rx=8,
            fill="none",
            stroke=INK if subset == chosen else "none",
            stroke_width=3,
        )
        said = said_of(lattice, subset, value, error, there, trained)
        x, y = places[subset]
        body.append(
            element(
                "g",
                frame + node + title(said),
                transform=f"translate({x:.1f} {y:.1f})",
                **clickable(subset, there, subset == chosen, len(subset) == 1, said),
            )
        )
    return Svg(
        WIDTH,
        bottom + 40,
        "".join(body) + _legend(lattice, bottom + 16),
        f"{len(lattice.subsets)} subsets by {lattice.quantity}",
    )


def _sizes(lattice: Lattice) -> list[int]:
    sizes = [len(subset) for subset in lattice.subsets]
    return [sizes.count(size) for size in range(1, len(lattice.modalities) + 1)]


def _places(
    subsets: Sequence[tuple[str, ...]], n_modalities: int
) -> dict[tuple[str, ...], tuple[float, float]]:
    """Larger subsets above smaller ones; a long row is broken into lines."""
    places, y = {}, TOP + NODE_HEIGHT / 2
    for size in range(n_modalities, 0, -1):
        row = [subset for subset in subsets if len(subset) == size]
        for start in range(0, len(row), PER_LINE):
            line = row[start : start + PER_LINE]
            for i, subset in enumerate(line):
                places[subset] = (26 + (WIDTH - 26) * (i + 0.5) / len(line), y)
            y += LINE_HEIGHT
        y += 12
    return places


def _levels(lattice: Lattice, places: dict[tuple[str, ...], tuple[float, float]]) -> list[str]:
    levels: dict[int, float] = {}
    for subset in lattice.subsets:
        levels.setdefault(len(subset), places[subset][1])
    return [label(0, y + 4, str(size), 12, FAINT) for size, y in levels.items()]


def _edges(
    lattice: Lattice, places: dict[tuple[str, ...], tuple[float, float]], chosen: tuple[str, ...]
) -> list[str]:
    faint, strong = "", ""
    for larger in lattice.subsets:
        for smaller in lattice.subsets:
            if len(smaller) == len(larger) - 1 and set(smaller) < set(larger):
                (x, y), (u, v) = places[larger], places[smaller]
                line = f"M{x:.0f} {y + NODE_HEIGHT / 2:.0f}L{u:.0f} {v - NODE_HEIGHT / 2:.0f}"
                faint += line
                strong += line if chosen in (larger, smaller) else ""
    return [
        element("path", d=faint or "M0 0", stroke="#EDEDED", fill="none"),
        element("path", d=strong or "M0 0", stroke="#555555", stroke_width=1.5, fill="none"),
    ]


def _node(
    modalities: Sequence[str],
    subset: tuple[str, ...],
    value: float,
    there: bool,
    fill: str,
    width: float,
) -> str:
    """Dots on top say which modalities, the strip below and the number on it how much."""
    colours = modality_colours(list(modalities))
    step = min(11.0, (width - 6) / len(modalities))
    dots = "".join(
        element(
            "circle",
            cx=step * (i - (len(modalities) - 1) / 2),
            cy=-8.5,
            r=min(4.0, step / 2 - 0.6),
            fill=colours[name] if name in subset else "white",
            stroke=colours[name] if name in subset else "#BBBBBB",
        )
        for i, name in enumerate(modalities)
    )
    ground = element(
        "rect",
        x=-width / 2,
        width=width,
        y=-NODE_HEIGHT / 2,
        height=NODE_HEIGHT,
        rx=6,
        fill="white",
        stroke="#BBBBBB",
        stroke_dasharray=None if there else "3 3",
    )
    if np.isnan(value):
        return ground + dots
    text = short(value)
    dark = _is_dark(fill)
    return (
        ground
        + element("rect", x=-width / 2 + 1, width=width - 2, y=0, height=NODE_HEIGHT / 2 - 1, rx=4, fill=fill)
        + dots
        + label(0, 13, text, 12, "white" if dark else INK, text_anchor="middle")
    )


def _legend(lattice: Lattice, y: float) -> str:
    if lattice.remark:
        return label(0, y + 10, lattice.remark, 11, FAINT)
    low, high = span_of(lattice)
    steps = "".join(
        element("rect", x=60 + 6 * i, y=y, width=6.5, height=10, fill=shade(i / 19)) for i in range(20)
    )
    ends = label(54, y + 9, short(low), 11, FAINT, text_anchor="end") + label(
        186, y + 9, short(high), 11, FAINT
    )
    key = label(WIDTH, y + 9, "dots: which modalities, as listed", 11, FAINT, text_anchor="end")
    return steps + ends + key + element("rect", x=60, y=y, width=120.5, height=10, fill="none", stroke=LINE)


def _is_dark(colour: str) -> bool:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.3 * red + 0.59 * green + 0.11 * blue < 124
