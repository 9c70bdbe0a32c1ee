"""The numbers of a sweep as arrays for a picture: which parameter is the axis, what is averaged over what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.uncertainty import standard_error

from .arrays import SweepLine, SweepPanel, SweepSummary
from .grid import Grid
from .sweep import SweptRun

_WIDE = 30  # largest by least value from which on an axis is logarithmic


def summarise_sweep(grid: Grid, runs: Sequence[SweptRun]) -> SweepSummary | None:
    """Each metric along one parameter, by the others; ``None`` if no run finished with a metric.

    The axis is the parameter with most values among those that are numbers, or else among all; a seed only if
    nothing else varies. Means are over seeds alone, never over another parameter.

    Args:
        grid: of the sweep.
        runs: what became of its jobs.
    """
    metrics = list(dict.fromkeys(name for run in runs for name in run.metrics or ()))
    if not metrics:
        return None
    varying = [name for name, values in grid.axes.items() if len(values) > 1]
    axis = _axis(grid, varying)
    seeds = [name for name in varying if is_seed(name) and name != axis]
    others = [name for name in varying if name not in (axis, *seeds)]
    panels = [_panel(grid, runs, name, axis, others, bool(seeds)) for name in metrics]
    known = any(np.isfinite(line.error).any() for panel in panels for line in panel.lines)
    averaged = " and ".join(seeds)
    source = f"of the mean over {averaged}" if seeds else "of each run"
    values = grid.axes[axis]
    numeric = _numbers(values)
    wide = numeric and min(values) > 0 and max(values) / min(values) >= _WIDE  # type: ignore[type-var, operator]
    ticks = [(_place(values, value), _words(value)) for value in values]
    return SweepSummary(
        parameter=axis,
        ticks=sorted(ticks),
        logarithmic=bool(wide),
        connected=numeric and not is_seed(axis),
        averaged=averaged,
        error=source if known else "",
        panels=panels,
        doubtful=sum("diagnosis" in entry for run in runs for entry in (run.metrics or {}).values()),
    )


def is_seed(name: str) -> bool:
    """Whether a parameter stands for chance alone."""
    return name == "seed" or name.endswith("_seed") or name.startswith("seed_")


def _axis(grid: Grid, varying: list[str]) -> str:
    candidates = [name for name in varying if not is_seed(name)] or varying or list(grid.axes)
    numeric = [name for name in candidates if _numbers(grid.axes[name])]
    return max(numeric or candidates, key=lambda name: len(grid.axes[name]))


def _panel(
    grid: Grid, runs: Sequence[SweptRun], metric: str, axis: str, others: list[str], over_seeds: bool
) -> SweepPanel:
    """One metric: a line for each combination of ``others``."""
    having = [run for run in runs if metric in (run.metrics or {})]
    groups: dict[tuple[int, ...], list[SweptRun]] = {}
    for run in having:
        places = tuple(grid.axes[name].index(run.job.parameters[name]) for name in others)
        groups.setdefault(places, []).append(run)
    styles = {places: style for style, places in enumerate(sorted({key[1:] for key in groups}))}
    lines = [
        _line(
            [
                (_place(grid.axes[axis], run.job.parameters[axis]), run.metrics[metric])
                for run in group
                if run.metrics
            ],
            label=", ".join(f"{name} = {_words(group[0].job.parameters[name])}" for name in others),
            colour=places[0] if places else 0,
            style=styles[places[1:]],
            over_seeds=over_seeds,
        )
        for places, group in sorted(groups.items())
    ]
    unit = next((run.metrics[metric].get("unit") for run in having if run.metrics), None)
    return SweepPanel(metric, unit, lines)


def _line(
    points: list[tuple[float, dict[str, Any]]], *, label: str, colour: int, style: int, over_seeds: bool
) -> SweepLine:
    run_x = np.array([x for x, _ in points])
    values = np.array([entry["value"] for _, entry in points])
    own = np.array([entry.get("standard_error", np.nan) for _, entry in points])
    x = np.unique(run_x)
    here = [run_x == place for place in x]
    mean = np.array([values[at].mean() for at in here])
    error = np.array([standard_error(values[at]) if over_seeds else own[at][0] for at in here])
    return SweepLine(label, colour, style, x, mean, error, run_x, values)


def _numbers(values: Sequence[object]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _place(values: Sequence[object], value: Any) -> float:
    """Where a value stands on the axis: numbers at themselves, others in the order in which they were given."""
    return float(value) if _numbers(values) else float(values.index(value))


def _words(value: object) -> str:
    return (
        value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else json.dumps(value)
    )
