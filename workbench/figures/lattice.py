"""All subsets of the modalities as a diagram, or as a list where they are too many for one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np

from ..arrays import Lattice
from .colours import FAINT, GROUND, INK, LINE, modality_colours, shade
from .svg import Svg, element, heading, label, number, title

#: More modalities than this are listed.
MOST_DRAWN = 6
WIDTH, TOP, PER_LINE, NODE_HEIGHT, LINE_HEIGHT = 470, 34, 10, 34, 50
ROW, MOST_ROWS = 22, 14


def lattice_figure(lattice: Lattice, chosen: Sequence[str], search: str = "") -> Svg:
    """The diagram for up to six modalities, else the list of the subsets that match ``search``.

    Args:
        lattice: the numbers.
        chosen: the subset that is looked at.
        search: parts of names, separated by spaces; a subset must hold a modality for each.
    """
    if len(lattice.modalities) <= MOST_DRAWN:
        return _diagram(lattice, tuple(chosen))
    return _listing(lattice, tuple(chosen), search)


def _diagram(lattice: Lattice, chosen: tuple[str, ...]) -> Svg:
    places = _places(lattice.subsets, len(lattice.modalities))
    node_width = min(78.0, (WIDTH - 30) / min(PER_LINE, max(_sizes(lattice))) - 5)
    bottom = max(y for _, y in places.values()) + NODE_HEIGHT / 2 + 8
    body = [
        heading("All subsets", f"{lattice.quantity} · click one"),
        *_edges(lattice, places, chosen),
        *_levels(lattice, places),
    ]
    colour = _colouring(lattice)
    for subset, value, error, there, trained in _rows(lattice):
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
        said = _said(lattice, subset, value, error, there, trained)
        x, y = places[subset]
        body.append(
            element(
                "g",
                frame + node + title(said),
                transform=f"translate({x:.1f} {y:.1f})",
                **_clickable(subset, there, subset == chosen, len(subset) == 1, said),
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
    text = _short(value)
    dark = _is_dark(fill)
    return (
        ground
        + element("rect", x=-width / 2 + 1, width=width - 2, y=0, height=NODE_HEIGHT / 2 - 1, rx=4, fill=fill)
        + dots
        + label(0, 13, text, 12, "white" if dark else INK, text_anchor="middle")
    )


def _listing(lattice: Lattice, chosen: tuple[str, ...], search: str) -> Svg:
    words = search.casefold().split()
    rows = [
        row
        for row in _rows(lattice)
        if all(any(word in name.casefold() for name in row[0]) for word in words)
    ]
    rows.sort(key=lambda row: -np.inf if np.isnan(row[1]) else row[1], reverse=True)
    # The chosen one stays in sight, whatever its rank.
    kept = rows[:MOST_ROWS]
    kept += [row for row in rows[MOST_ROWS:] if row[0] == chosen]
    colours, colour = modality_colours(lattice.modalities), _colouring(lattice)
    step = min(15.0, 250 / len(lattice.modalities))
    body = [heading(f"{len(rows)} of {len(lattice.subsets)} subsets", lattice.quantity)]
    for i, name in enumerate(lattice.modalities):
        body.append(
            label(
                8 + step * i, 78, name[:9], 10, colours[name], transform=f"rotate(-50 {8 + step * i:.1f} 78)"
            )
        )
    for number_of_row, (subset, value, error, there, trained) in enumerate(kept):
        y = 86 + number_of_row * ROW
        said = _said(lattice, subset, value, error, there, trained)
        dots = "".join(
            element(
                "circle",
                cx=8 + step * i,
                cy=y + ROW / 2,
                r=min(5.0, step / 2 - 1),
                fill=colours[name] if name in subset else "white",
                stroke=colours[name] if name in subset else "#CCCCCC",
            )
            for i, name in enumerate(lattice.modalities)
        )
        left = step * len(lattice.modalities) + 14
        frame = element(
            "rect",
            x=0,
            y=y + 1,
            width=WIDTH,
            height=ROW - 2,
            rx=4,
            fill=GROUND if subset == chosen else "white",
            stroke=INK if subset == chosen else "none",
            stroke_width=2,
        )
        bar = (
            ""
            if np.isnan(value)
            else element(
                "rect",
                x=left,
                y=y + 5,
                width=max(2.0, (WIDTH - left - 80) * _share(lattice, value)),
                height=ROW - 10,
                fill=colour(value),
            )
            + label(WIDTH - 6, y + 15, _short(value), 11, text_anchor="end")
        )
        body.append(
            element(
                "g",
                frame + dots + bar + title(said),
                **_clickable(subset, there, subset == chosen, number_of_row == 0, said),
            )
        )
    end = 86 + (MOST_ROWS + 1) * ROW
    if len(rows) > len(kept):
        body.append(label(0, end + 14, f"and {len(rows) - len(kept)} more: search by names", 11, FAINT))
    if lattice.remark:
        body.append(label(0, end + 30, lattice.remark, 11, FAINT))
    return Svg(WIDTH, end + 40, "".join(body), f"subsets by {lattice.quantity}")


def _rows(lattice: Lattice) -> list[tuple[tuple[str, ...], float, float, bool, bool]]:
    columns = (lattice.values, lattice.errors, lattice.available, lattice.trained)
    return [
        (subset, float(value), float(error), bool(there), bool(trained))
        for subset, value, error, there, trained in zip(lattice.subsets, *columns, strict=True)
    ]


def _clickable(
    subset: tuple[str, ...], there: bool, chosen: bool, reachable: bool, said: str
) -> dict[str, str | float | None]:
    if not there:
        return {"opacity": 0.45}
    return {
        # As JavaScript's JSON.stringify writes it: names may hold any sign.
        "data_key": json.dumps(subset, ensure_ascii=False, separators=(",", ":")),
        "role": "button",
        "tabindex": "0" if chosen or reachable else "-1",
        "aria_pressed": "true" if chosen else "false",
        "aria_label": said,
    }


def _said(
    lattice: Lattice, subset: tuple[str, ...], value: float, error: float, there: bool, trained: bool
) -> str:
    parts = [" + ".join(subset)]
    if not np.isnan(value):
        spread = f" ± {number(error, 2)}" if error else ""
        parts.append(f"{lattice.quantity}: {number(value, 2)}{spread}")
    if not there:
        parts.append("this sample lacks some of these")
    if not trained:
        parts.append("the model was not trained on this subset")
    return "\n".join(parts)


def _span(lattice: Lattice) -> tuple[float, float]:
    known = lattice.values[~np.isnan(lattice.values)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)


def _share(lattice: Lattice, value: float) -> float:
    low, high = _span(lattice)
    return (value - low) / (high - low) if high > low else 0.5


def _colouring(lattice: Lattice) -> Callable[[float], str]:
    return lambda value: "white" if np.isnan(value) else shade(_share(lattice, value))


def _legend(lattice: Lattice, y: float) -> str:
    if lattice.remark:
        return label(0, y + 10, lattice.remark, 11, FAINT)
    low, high = _span(lattice)
    steps = "".join(
        element("rect", x=60 + 6 * i, y=y, width=6.5, height=10, fill=shade(i / 19)) for i in range(20)
    )
    ends = label(54, y + 9, _short(low), 11, FAINT, text_anchor="end") + label(
        186, y + 9, _short(high), 11, FAINT
    )
    key = label(WIDTH, y + 9, "dots: which modalities, as listed", 11, FAINT, text_anchor="end")
    return steps + ends + key + element("rect", x=60, y=y, width=120.5, height=10, fill="none", stroke=LINE)


def _short(value: float) -> str:
    return number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)


def _is_dark(colour: str) -> bool:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.3 * red + 0.59 * green + 0.11 * blue < 124
