"""The table has all numbers of all runs, and a row for each run that has none."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from workbench.sweeping.grid import Grid, read_grid
from workbench.sweeping.sweep import NOT_RUN, SweptRun
from workbench.sweeping.table import table_columns, write_table

ROOT = Path("/runs")
THIRD = 1 / 3


@pytest.fixture
def grid(notebook: Path) -> Grid:
    return read_grid(notebook, {"beta": "1,2.5", "subsets": 'poe;[["m0"],["m1"]]'})


@pytest.fixture
def runs(grid: Grid) -> list[SweptRun]:
    first, second, third, fourth = grid.jobs
    metrics = {
        "nll": {"value": THIRD, "standard_error": 0.25, "n": 64, "unit": "nats", "better": "lower"},
        "share": {"value": 0.5, "compared": "exactly"},
    }
    return [
        SweptRun(fourth, NOT_RUN, "the sweep was stopped"),
        SweptRun(second, "crashed", "why", 2.0, None, ROOT / "tiny" / f"{second.key}.failed"),
        SweptRun(first, "finished", None, 1.5, metrics, ROOT / "tiny" / first.key),
        SweptRun(third, "finished", None, 3.5, {}, ROOT / "tiny" / third.key),
    ]


def test_rows_and_columns(grid: Grid, runs: list[SweptRun]) -> None:
    columns = table_columns(grid, runs, ROOT)
    assert list(columns) == [
        *("beta", "subsets", "seed", "kind", "parameter_n"),
        *("metric", "value", "standard_error", "n", "unit", "diagnosis", "state", "seconds", "run", "key"),
    ]
    assert columns["beta"] == [1.0, 1.0, 1.0, 2.5, 2.5]
    assert columns["subsets"] == ['"poe"', '"poe"', '[["m0"], ["m1"]]', '"poe"', '[["m0"], ["m1"]]']
    assert columns["parameter_n"] == ["[1, 2]"] * 5
    assert columns["metric"] == ["nll", "share", None, None, None]
    assert columns["value"] == [THIRD, 0.5, None, None, None]
    assert columns["standard_error"] == [0.25, None, None, None, None]
    assert columns["n"] == [64, None, None, None, None]
    assert columns["unit"] == ["nats", None, None, None, None]
    assert columns["state"] == ["finished", "finished", "crashed", "finished", "not run"]
    assert columns["seconds"] == [1.5, 1.5, 2.0, 3.5, None]
    keys = [job.key for job in grid.jobs]
    assert columns["run"] == [f"tiny/{keys[0]}"] * 2 + [f"tiny/{keys[1]}.failed", f"tiny/{keys[2]}", None]
    assert columns["key"] == [keys[0], keys[0], *keys[1:]]


def test_a_number_in_doubt_says_so_in_its_row(grid: Grid) -> None:
    metrics = {"nll": {"value": 1.0, "diagnosis": "not to be believed"}, "share": {"value": 0.5}}
    columns = table_columns(grid, [SweptRun(grid.jobs[0], "finished", None, 1.0, metrics, ROOT / "a")], ROOT)
    assert columns["diagnosis"] == ["not to be believed", None]


def test_csv_gives_every_number_back(grid, runs, tmp_path) -> None:
    write_table(tmp_path / "table.csv", table_columns(grid, runs, ROOT))
    rows = list(csv.DictReader((tmp_path / "table.csv").read_text().splitlines()))
    assert len(rows) == 5
    assert float(rows[0]["value"]) == THIRD
    assert [row["metric"] for row in rows] == ["nll", "share", "", "", ""]
    assert rows[2]["subsets"] == '[["m0"], ["m1"]]'


def test_parquet_gives_everything_back_and_has_types_also_where_all_is_missing(grid, runs, tmp_path) -> None:
    columns = table_columns(grid, runs, ROOT)
    write_table(tmp_path / "table.parquet", columns)
    assert parquet.read_table(tmp_path / "table.parquet").to_pydict() == columns
    write_table(tmp_path / "table.parquet", table_columns(grid, runs[:2], ROOT))
    schema = parquet.read_schema(tmp_path / "table.parquet")
    assert schema.field("beta").type == schema.field("value").type == pyarrow.float64()
    assert schema.field("n").type == pyarrow.int64()
    assert schema.field("metric").type == schema.field("unit").type == pyarrow.string()


def test_a_table_that_cannot_be_written_leaves_the_old_one(grid, runs, tmp_path) -> None:
    write_table(tmp_path / "table.csv", table_columns(grid, runs, ROOT))
    before = (tmp_path / "table.csv").read_bytes()
    with pytest.raises(pyarrow.ArrowInvalid):
        write_table(tmp_path / "table.csv", {"a": [1], "b": [1, 2]})
    assert (tmp_path / "table.csv").read_bytes() == before
    assert [path.name for path in tmp_path.glob("*table*")] == ["table.csv"]
