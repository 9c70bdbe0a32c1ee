"""One tidy table of a sweep: a row for each number of each run, and one for each run that has none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from workbench.files import write_whole

from .grid import Grid
from .sweep import SweptRun

_NUMBER = ("metric", "value", "standard_error", "n", "unit", "diagnosis")
_MEASURED = (*_NUMBER, "state", "seconds", "run", "key")


def table_columns(grid: Grid, runs: Iterable[SweptRun], root: Path) -> dict[str, list[Any]]:
    """The table by columns.

    First the parameters of the grid, then all others, then ``metric``, ``value``, ``standard_error``, ``n``,
    ``unit``, ``diagnosis`` (why the number must not be believed), ``state``, ``seconds``, ``run`` and ``key``. A
    parameter that is called as one of these has ``parameter_`` before its name. A run that did not finish has one
    row without a metric: what it recorded until then is in its folder.

    Args:
        grid: of the sweep.
        runs: what became of its jobs.
        root: ``run`` is a run's folder below it.
    """
    order = {job.key: place for place, job in enumerate(grid.jobs)}
    ordered = sorted(runs, key=lambda run: order[run.job.key])
    others = [name for name in grid.jobs[0].parameters if name not in grid.axes]
    rows = [row for run in ordered for row in _rows(run, [*grid.axes, *others], root)]
    names = [_column(name) for name in (*grid.axes, *others)] + [*_MEASURED]
    return {name: _plain([row[name] for row in rows]) for name in names}


def write_table(path: Path, columns: dict[str, list[Any]]) -> None:
    """Write the table as CSV or else Parquet, by the suffix of ``path``; a reader never sees half of it."""
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet

    kinds = {"n": pyarrow.int64(), **dict.fromkeys(("value", "standard_error", "seconds"), pyarrow.float64())}
    types = {name: kinds.get(name, pyarrow.string()) for name in _MEASURED}  # also where all are missing
    table = pyarrow.table({name: pyarrow.array(column, types.get(name)) for name, column in columns.items()})
    write = pyarrow.csv.write_csv if path.suffix == ".csv" else pyarrow.parquet.write_table
    write_whole(path, lambda unfinished: write(table, unfinished))


def _rows(run: SweptRun, parameters: Sequence[str], root: Path) -> list[dict[str, Any]]:
    about = {_column(name): run.job.parameters[name] for name in parameters}
    folder = run.folder.relative_to(root).as_posix() if run.folder else None
    about |= {"state": run.state, "seconds": run.seconds, "run": folder, "key": run.job.key}
    nothing = dict.fromkeys(_NUMBER)
    if not run.metrics:
        return [about | nothing]
    measured = ({"metric": name, **entry} for name, entry in run.metrics.items())
    return [about | {name: entry.get(name) for name in _NUMBER} for entry in measured]


def _column(parameter: str) -> str:
    return f"parameter_{parameter}" if parameter in _MEASURED else parameter


def _plain(values: list[Any]) -> list[Any]:
    """A column of one type: whole numbers beside others become floats, and lists or a mixture JSON."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in values]
    if len(kinds) <= 1 and kinds <= {bool, int, float, str}:
        return values
    return [None if value is None else json.dumps(value) for value in values]
