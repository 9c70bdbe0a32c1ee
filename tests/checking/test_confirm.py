"""What looks worse at few seeds gets a second look at fresh ones: wild numbers raise no alarm, true changes do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from workbench.checking.baseline import Baseline
from workbench.checking.confirm import CONFIRMING, confirm
from workbench.checking.judge import judge
from workbench.checking.metric_values import MetricValues
from workbench.checking.plan import PlannedNotebook, jobs_of
from workbench.checking.result import MetricResult, Verdict
from workbench.checking.targets import find_targets
from workbench.running.job import Job

NAME = "wild"
OLD = {seed: 0.1 * seed for seed in range(4)}
Run = Callable[[Sequence[Job]], dict[str, Any]]


def numbers(values: dict[int, float], compared: str = "within") -> MetricValues:
    return MetricValues(
        values, {}, None, compared, margin=1.0 if compared == "within" else None, better="lower", unit="nats"
    )


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., PlannedNotebook]:
    """A notebook of a check at seed 0, with a baseline of seeds 0 to 3."""
    monkeypatch.chdir(tmp_path)

    def make(parameters: str = "seed: int = 0  # of the noise") -> PlannedNotebook:
        profiles = "from workbench import profile_of\nprofile_of(globals(), full={}, fast={})"
        tagged = [("parameters", parameters), ("profiles", profiles)]
        cells = [new_code_cell(text, metadata={"tags": [tag]}) for tag, text in tagged]
        path = tmp_path / "notebooks" / f"{NAME}.ipynb"
        path.parent.mkdir()
        nbformat.write(new_notebook(cells=cells), path)
        [target] = find_targets([path])
        baseline = Baseline({"x": numbers(OLD)}, {"seeds": list(OLD)})
        return PlannedNotebook(target, jobs_of(target, "fast", [0]), baseline)

    return make


def running(value_of: Callable[[int], float], seen: list[int], *, finished: bool = True) -> Run:
    """Runs that record one number each, without running anything."""

    def run(jobs: Sequence[Job]) -> dict[str, Any]:
        seen.extend(job.parameters["seed"] for job in jobs)
        entries = {job.key: value_of(job.parameters["seed"]) for job in jobs}
        return {
            key: SimpleNamespace(
                finished=finished,
                metrics={name: {"value": value, "compared": "within"} for name in ("x", "another")},
                data={},
                examples=Path("none.npz"),
            )
            for key, value in entries.items()
        }

    return run


def looked(
    notebook: PlannedNotebook, now: MetricValues, run: Run, before: MetricValues | None = None
) -> MetricResult:
    known = {NAME: {"x": before or numbers(OLD)}}
    first = judge(known, {NAME: {"x": now}})
    assert first[NAME][0].verdict == Verdict.WORSE
    [found] = confirm(first, [notebook], known, "fast", run)[NAME]
    return found


@pytest.mark.parametrize(("later", "verdict"), [(0.0, Verdict.SAME), (9.0, Verdict.WORSE)])
def test_fresh_seeds_decide(planned: Callable[..., PlannedNotebook], later: float, verdict: Verdict) -> None:
    seen: list[int] = []
    found = looked(planned(), numbers({0: 9.0}), running(lambda seed: later + seed / 100, seen))
    assert seen == [4, 5, 6, 7]  # neither the baseline nor the check has used them
    assert found.verdict == verdict
    assert found.value == pytest.approx(later + 0.055)  # of the fresh seeds alone
    assert found.how == "4 seeds against 4, a second look"


def test_what_rests_on_enough_seeds_or_on_none_gets_no_second_look(
    planned: Callable[..., PlannedNotebook],
) -> None:
    seen: list[int] = []
    notebook, run = planned(), running(lambda seed: 0.0, seen)
    many = numbers({seed: 9 + 0.1 * seed for seed in range(10, 10 + CONFIRMING)})
    assert looked(notebook, many, run).verdict == Verdict.WORSE
    exact = [numbers({0: value}, "exactly") for value in (1.0, 2.0)]
    assert looked(notebook, exact[1], run, before=exact[0]).verdict == Verdict.WORSE
    assert not seen


def test_without_fresh_seeds_the_first_look_stands(planned: Callable[..., PlannedNotebook]) -> None:
    seen: list[int] = []
    assert (
        looked(planned("n: int = 1  # of nothing"), numbers({0: 9.0}), running(float, seen)).verdict
        == "worse"
    )
    assert not seen


def test_a_second_look_that_crashes_clears_nothing(planned: Callable[..., PlannedNotebook]) -> None:
    run = running(lambda seed: 0.0, [], finished=False)
    found = looked(planned(), numbers({0: 9.0}), run)
    assert (found.verdict, found.value) == (Verdict.WORSE, 9.0)


def test_heavy_tails_raise_no_alarm() -> None:
    """Of 100 unchanged metrics one at least looks worse in some checks of one seed, after a second look in none."""
    rng = np.random.default_rng(0)
    first_looks = second_looks = 0
    for _ in range(20):
        draws = rng.standard_t(2, (100, 8 + 1 + CONFIRMING))
        old, one, fresh = (
            {str(i): numbers(dict(enumerate(row[part], start=part.start))) for i, row in enumerate(draws)}
            for part in (slice(0, 8), slice(8, 9), slice(9, 9 + CONFIRMING))
        )
        suspects = [m.name for m in judge({NAME: old}, {NAME: one})[NAME] if m.verdict == Verdict.WORSE]
        first_looks += bool(suspects)
        again = judge({NAME: old}, {NAME: {name: fresh[name] for name in suspects}})[NAME]
        second_looks += any(m.verdict == Verdict.WORSE for m in again)
    assert first_looks >= 2
    assert second_looks == 0
