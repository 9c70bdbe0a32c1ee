"""Subsets as a list that is searched, where they are too many for a diagram."""

from __future__ import annotations

import numpy as np

from ...drawing.colours import FAINT, GROUND, INK, modality_colours
from ...drawing.svg import Svg, element, heading, label, title
from .arrays import Lattice
from .lattice_marks import WIDTH, clickable, colouring, rows_of, said_of, share_of, short

ROW, MOST_ROWS = 22, 14


def lattice_list(lattice: Lattice, chosen: tuple[str, ...], search: str) -> Svg:
    """Those that match ``search``, the largest number first, ``chosen`` always among them."""
    words = search.casefold().split()
    rows = [
        row
        for row in rows_of(lattice)
        if all(any(word in name.casefold() for name in row[0]) for word in words)
    ]
    rows.sort(key=lambda row: -np.inf if np.isnan(row[1]) else row[1], reverse=True)
    # The chosen one stays in sight, whatever its rank.
    kept = rows[:MOST_ROWS]
    kept += [row for row in rows[MOST_ROWS:] if row[0] == chosen]
    colours, colour = modality_colours(lattice.modalities), colouring(lattice)
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
        said = said_of(lattice, subset, value, error, there, trained)
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
                width=max(2.0, (WIDTH - left - 80) * share_of(lattice, value)),
                height=ROW - 10,
                fill=colour(value),
            )
            + label(WIDTH - 6, y + 15, short(value), 11, text_anchor="end")
        )
        body.append(
            element(
                "g",
                frame + dots + bar + title(said),
                **clickable(subset, there, subset == chosen, number_of_row == 0, said),
            )
        )
    end = 86 + (MOST_ROWS + 1) * ROW
    if len(rows) > len(kept):
        body.append(label(0, end + 14, f"and {len(rows) - len(kept)} more: search by names", 11, FAINT))
    if lattice.remark:
        body.append(label(0, end + 30, lattice.remark, 11, FAINT))
    return Svg(WIDTH, end + 40, "".join(body), f"subsets by {lattice.quantity}")
