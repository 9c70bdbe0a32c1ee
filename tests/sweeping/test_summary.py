"""What the picture of a sweep shows: which axis, means over seeds alone, errors that say what they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import pytest

from workbench.running.job import Job
from workbench.sweeping.charts import sweep_chart
from workbench.sweeping.grid import Grid, read_grid
from workbench.sweeping.summary import summarise_sweep
from workbench.sweeping.sweep import SweptRun

Metrics = dict[str, dict[str, Any]]


def finished(grid: Grid, metrics: Callable[[Job], Metrics]) -> list[SweptRun]:
    return [SweptRun(job, "finished", None, 1.0, metrics(job), Path("/r")) for job in grid.jobs]


def noisy(job: Job) -> Metrics:
    beta, seed, kind = (job.parameters[name] for name in ("beta", "seed", "kind"))
    return {"nll": {"value": 10 * beta + seed**2 + 100 * len(kind), "standard_error": 0.5, "unit": "nats"}}


@pytest.mark.parametrize(
    ("texts", "axis", "connected"),
    [
        ({"seed": "0..9", "beta": "1,2", "kind": "a,b,c"}, "beta", True),
        ({"kind": "a,b,c", "seed": "0..9"}, "kind", False),
        ({"seed": "0..9"}, "seed", False),
        ({"beta": "3"}, "beta", True),
        ({"subsets": "poe,moe", "kind": "a,b,c"}, "kind", False),
    ],
)
def test_the_axis_is_a_number_that_is_no_seed_if_there_is_one(notebook, texts, axis, connected) -> None:
    grid = read_grid(notebook, texts)
    summary = summarise_sweep(grid, finished(grid, noisy))
    assert summary is not None
    assert (summary.parameter, summary.connected) == (axis, connected)


def test_means_and_errors_are_over_seeds_and_over_nothing_else(notebook) -> None:
    grid = read_grid(notebook, {"seed": "0..3", "beta": "2,1", "kind": "a,bb"})
    summary = summarise_sweep(grid, finished(grid, noisy))
    assert summary is not None
    assert (summary.averaged, summary.error) == ("seed", "of the mean over seed")
    [panel] = summary.panels
    assert (panel.metric, panel.unit) == ("nll", "nats")
    assert [line.label for line in panel.lines] == ["kind = a", "kind = bb"]
    squares = [0, 1, 4, 9]
    for line, offset in zip(panel.lines, (100, 200), strict=True):
        assert line.x.tolist() == [1, 2]
        assert line.mean == pytest.approx([offset + 10 * beta + mean(squares) for beta in (1, 2)])
        assert line.error == pytest.approx([stdev(squares) / 2] * 2)
        expected = {(beta, offset + 10 * beta + square) for beta in (1, 2) for square in squares}
        assert set(zip(line.run_x.tolist(), line.run_value.tolist(), strict=True)) == expected


def test_without_seeds_errors_are_those_of_each_run(notebook) -> None:
    grid = read_grid(notebook, {"beta": "1,2"})
    errors = {1.0: {"standard_error": 0.25}, 2.0: {}}
    runs = finished(grid, lambda job: {"a": {"value": 1.0, **errors[job.parameters["beta"]]}})
    summary = summarise_sweep(grid, runs)
    assert summary is not None
    assert (summary.averaged, summary.error) == ("", "of each run")
    np.testing.assert_equal(summary.panels[0].lines[0].error, [0.25, np.nan])


def test_numbers_in_doubt_are_counted_below_the_picture(notebook) -> None:
    grid = read_grid(notebook, {"beta": "1,2"})
    for count, doubt in enumerate(({}, {2.0: "not so"}, {1.0: "no", 2.0: "not so"})):
        entries = {beta: {"diagnosis": words} for beta, words in doubt.items()}
        runs = finished(
            grid, lambda job, e=entries: {"a": {"value": 1.0, **e.get(job.parameters["beta"], {})}}
        )
        summary = summarise_sweep(grid, runs)
        assert summary is not None and summary.doubtful == count
        said = f"{count} number{'s' * (count > 1)} must not be believed; the table says which, and why."
        assert (said in sweep_chart(summary).get_suptitle()) == (count > 0)


def test_runs_that_lack_a_metric_leave_a_gap_and_no_runs_leave_no_picture(notebook) -> None:
    grid = read_grid(notebook, {"beta": "1,2,4", "seed": "0,1"})
    runs = finished(grid, noisy)
    runs[2:5] = [SweptRun(run.job, "crashed", "why") for run in runs[2:5]]
    summary = summarise_sweep(grid, runs)
    assert summary is not None
    [line] = summary.panels[0].lines
    assert line.x.tolist() == [1, 4]
    assert np.isnan(line.error).tolist() == [False, True]  # one seed has no spread
    assert summarise_sweep(grid, [SweptRun(job, "crashed", "why") for job in grid.jobs]) is None


def test_further_parameters_have_lines_of_their_own_look(notebook) -> None:
    grid = read_grid(notebook, {"beta": "0.1,1,10", "kind": "a,b", "subsets": "poe,moe"})
    summary = summarise_sweep(grid, finished(grid, noisy))
    assert summary is not None and summary.logarithmic
    looks = {line.label: (line.colour, line.style) for line in summary.panels[0].lines}
    assert looks == {
        "kind = a, subsets = poe": (0, 0),
        "kind = a, subsets = moe": (0, 1),
        "kind = b, subsets = poe": (1, 0),
        "kind = b, subsets = moe": (1, 1),
    }


@pytest.mark.parametrize("count", [1, 4, 12, 13])
def test_the_chart_has_a_panel_a_metric_with_units_and_says_what_bars_are(notebook, count) -> None:
    grid = read_grid(notebook, {"beta": "0.5,1", "kind": "poe,moe", "seed": "0,1"})
    units = ["nats", None] * count
    metrics = {f"m{i}": {"value": float(i), "unit": units[i]} for i in range(count)}
    summary = summarise_sweep(grid, finished(grid, lambda job: metrics))
    assert summary is not None
    chart = sweep_chart(summary)
    shown = min(count, 12)
    assert [axes.get_title() for axes in chart.axes] == [f"m{i}" for i in range(shown)]
    assert [axes.get_ylabel() for axes in chart.axes] == [units[i] or "no unit" for i in range(shown)]
    assert {axes.get_xlabel() for axes in chart.axes} == {"beta"}
    assert [text.get_text() for text in chart.legends[0].get_texts()] == ["kind = poe", "kind = moe"]
    caption = chart.get_suptitle()
    assert "Marks: means over seed; thin points: runs. Bars: ± 1 standard error" in caption
    assert ("12 of 13 metrics" in caption) == (count == 13)
    assert chart._repr_png_().startswith(b"\x89PNG")


def test_the_chart_shows_the_numbers(notebook) -> None:
    grid = read_grid(notebook, {"beta": "1,2", "seed": "0..2"})
    summary = summarise_sweep(grid, finished(grid, noisy))
    assert summary is not None
    chart = sweep_chart(summary)
    runs, means = [line.get_xydata() for line in chart.axes[0].lines[:2]]
    assert sorted(runs[:, 1]) == [110, 111, 114, 120, 121, 124]
    assert means == pytest.approx(np.array([[1, 110 + 5 / 3], [2, 120 + 5 / 3]]))
    bars = chart.axes[0].containers[0].lines[2][0].get_segments()
    error = stdev([0, 1, 4]) / 3**0.5
    assert [segment[:, 1].tolist() for segment in bars] == [
        pytest.approx([110 + 5 / 3 - error, 110 + 5 / 3 + error]),
        pytest.approx([120 + 5 / 3 - error, 120 + 5 / 3 + error]),
    ]
