"""Numbers of many runs over a grid of parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SweepLine:
    """One metric along one parameter, all others but the seed held.

    Attributes:
        label: the values of the other parameters; empty if there are none.
        colour: which colour, from 0: the place of the second parameter's value.
        style: which mark and stroke, from 0: the place of the values of all further parameters.
        x: (P,), places on the axis, ascending.
        mean: (P,), mean over runs.
        error: (P,), one standard error; NaN where it is not known.
        run_x: (R,), of each run.
        run_value: (R,), of each run.
    """

    label: str
    colour: int
    style: int
    x: np.ndarray
    mean: np.ndarray
    error: np.ndarray
    run_x: np.ndarray
    run_value: np.ndarray


@dataclass(frozen=True)
class SweepPanel:
    """One metric.

    Attributes:
        metric: its name.
        unit: such as ``"nats"``; ``None`` for a number without one.
        lines: one for each combination of the other parameters.
    """

    metric: str
    unit: str | None
    lines: list[SweepLine]


@dataclass(frozen=True)
class SweepSummary:
    """All metrics along one parameter.

    Attributes:
        parameter: of the axis.
        ticks: (place, words) on the axis.
        logarithmic: whether the axis is.
        connected: whether what lies between two places means anything.
        averaged: what means are taken over, such as ``"seed"``; empty if nothing.
        error: what the standard errors are of, in words; empty if there are none.
        panels: one a metric.
        doubtful: how many numbers of runs must not be believed.
    """

    parameter: str
    ticks: list[tuple[float, str]]
    logarithmic: bool
    connected: bool
    averaged: str
    error: str
    panels: list[SweepPanel]
    doubtful: int = 0
