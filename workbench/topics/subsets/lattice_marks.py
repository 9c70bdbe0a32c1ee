"""What the diagram and the list of subsets share: their rows, words and colours."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

from ...drawing.colours import shade
from ...drawing.svg import number
from .arrays import Lattice

WIDTH = 470


def rows_of(lattice: Lattice) -> list[tuple[tuple[str, ...], float, float, bool, bool]]:
    """Subset, value, error, whether the sample has it, whether it was trained: one row each."""
    columns = (lattice.values, lattice.errors, lattice.available, lattice.trained)
    return [
        (subset, float(value), float(error), bool(there), bool(trained))
        for subset, value, error, there, trained in zip(lattice.subsets, *columns, strict=True)
    ]


def clickable(
    subset: tuple[str, ...], there: bool, chosen: bool, reachable: bool, said: str
) -> dict[str, str | float | None]:
    """Attributes of what can be clicked; what the sample lacks cannot.

    Args:
        subset: its modalities.
        there: whether the sample has them.
        chosen: whether it is looked at.
        reachable: whether Tab stops at it.
        said: what a screen reader says.
    """
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


def said_of(
    lattice: Lattice, subset: tuple[str, ...], value: float, error: float, there: bool, trained: bool
) -> str:
    """The subset and its number in words."""
    parts = [" + ".join(subset)]
    if not np.isnan(value):
        spread = f" ± {number(error, 2)}" if error else ""
        parts.append(f"{lattice.quantity}: {number(value, 2)}{spread}")
    if not there:
        parts.append("this sample lacks some of these")
    if not trained:
        parts.append("the model was not trained on this subset")
    return "\n".join(parts)


def span_of(lattice: Lattice) -> tuple[float, float]:
    """Least and largest number that is known."""
    known = lattice.values[~np.isnan(lattice.values)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)


def share_of(lattice: Lattice, value: float) -> float:
    """Where a number lies between the least and the largest, 0 to 1."""
    low, high = span_of(lattice)
    return (value - low) / (high - low) if high > low else 0.5


def colouring(lattice: Lattice) -> Callable[[float], str]:
    """From a number to its colour; white where there is none."""
    return lambda value: "white" if np.isnan(value) else shade(share_of(lattice, value))


def short(value: float) -> str:
    """A number with three digits or so."""
    return number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)
