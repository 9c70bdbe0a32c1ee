"""A grid of runs: all combinations, each once, checked before anything is started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.reading.parameters import ParameterError
from workbench.running.job import make_job
from workbench.sweeping.grid import read_grid
from workbench.sweeping.plan import SweepPlan, plan_sweep

PROFILES = "profile_of(globals(), full={'beta': 2.0, 'kind': 'full'}, fast={'kind': 'fast'})"


def test_all_combinations_in_order_each_the_job_that_it_would_be_alone(notebook: Path) -> None:
    grid = read_grid(notebook, {"kind": "b,a", "seed": "0..2"})
    assert str(grid) == "kind (2) × seed (3)"
    expected = [{"kind": kind, "seed": seed} for kind in ("b", "a") for seed in (0, 1, 2)]
    assert [grid.point(job) for job in grid.jobs] == expected
    alone = [make_job(notebook, point) for point in expected]
    assert [job.key for job in grid.jobs] == [job.key for job in alone]
    assert [job.given for job in grid.jobs] == [job.given for job in alone]
    assert len({job.key for job in grid.jobs}) == 6


def test_values_go_before_the_profile_and_the_profile_before_defaults(write_notebook, parameters) -> None:
    path = write_notebook(parameters=parameters, profiles=PROFILES)
    [job] = read_grid(path, {"beta": "7"}, "fast").jobs
    assert (job.parameters["beta"], job.parameters["kind"], job.parameters["seed"]) == (7.0, "fast", 0)
    assert job.given == {"beta": 7.0, "kind": "fast"}


def test_notebook_and_code_are_looked_at_once_however_large_the_grid(notebook, monkeypatch) -> None:
    looked = []
    monkeypatch.setattr("workbench.sweeping.grid.make_job", lambda *a: looked.append(a) or make_job(*a))
    assert len(read_grid(notebook, {"seed": "1..200", "beta": "0..9"}).jobs) == 2000
    assert len(looked) == 1


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"sede": "1"}, "did you mean 'seed'?"),
        ({"seed": "1,x"}, "parameter seed: int = 0: expected int, got 'x'"),
        ({"seed": "1,1"}, "named twice"),
        ({"seed": "3..1"}, "is empty"),
    ],
)
def test_what_is_wrong_with_a_parameter_is_told(notebook, texts: dict[str, str], words: str) -> None:
    with pytest.raises(ParameterError) as raised:
        read_grid(notebook, {"beta": "1,2", **texts})
    assert words in str(raised.value)


def test_other_refusals(notebook, tmp_path, monkeypatch) -> None:
    with pytest.raises(ValueError, match="nothing to sweep"):
        read_grid(notebook, {})
    with pytest.raises(ValueError, match="1002001 runs, more than 1000000"):
        read_grid(notebook, {"seed": "0..1000", "beta": "0..1000"})
    out = tmp_path / "out"
    with pytest.raises(ValueError, match=r"ends with \.csv or \.parquet, got all\.xlsx"):
        plan_sweep(notebook, {"seed": "0"}, out=out, table=Path("all.xlsx"))
    with pytest.raises(ValueError, match="has its own"):
        plan_sweep(notebook, {"seed": "0"}, out=out, scheduler="tcp://127.0.0.1:1", workers=2)
    monkeypatch.setattr("workbench.sweeping.plan.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"mopoe-workbench\[workbench,sweep\]"):
        plan_sweep(notebook, {"seed": "0"}, out=out)
    assert not out.exists()


def test_cores_are_shared_out_on_this_machine_and_left_to_a_cluster(notebook, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("workbench.sweeping.plan._cores", lambda: 8)
    plan: SweepPlan = plan_sweep(notebook, {"seed": "0"}, out=tmp_path)
    assert (plan.at_once(100), plan.threads_each(100)) == (8, 1)
    assert (plan.at_once(3), plan.threads_each(3)) == (3, 2)
    assert replace(plan, workers=2).threads_each(100) == 4
    assert replace(plan, workers=2, threads=1).threads_each(100) == 1
    assert replace(plan, scheduler="tcp://there:8786").threads_each(100) is None
