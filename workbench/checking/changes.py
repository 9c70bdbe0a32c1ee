"""What differs between a run and its baseline besides the numbers: where to look first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.running.store import StoredRun

from .baseline import Baseline
from .metric_values import MetricValues


def what_changed(baseline: Baseline, run: StoredRun, now: Mapping[str, MetricValues]) -> tuple[str, ...]:
    """One line for each thing that differs.

    Args:
        baseline: of the notebook.
        run: the first of the new ones.
        now: what was recorded, for margins and directions that people have changed.
    """
    before, after = baseline.facts["provenance"], run.status["provenance"]
    lines = []
    if before["notebook"] != after["notebook"]:
        lines.append("the notebook's own file")
    if before["code"] != after["code"]:
        lines.append(f"the code: {_commit(before['commit'])} → {_commit(after['commit'])}")
    lines += _pairs("", before["versions"], after["versions"])
    if before["platform"] != after["platform"]:
        lines.append(f"the platform: {before['platform']} → {after['platform']}")
    seed = run.status["parameters"].get("seed", 0)  # without one it is kept as seed 0
    lines += _pairs(
        "parameter ", _unseeded(baseline.facts["parameters"]), _unseeded(run.status["parameters"])
    )
    data = baseline.facts["data"].get(str(seed))
    if data is not None and data != run.data:
        names = [name for name in {**data, **run.data} if data.get(name) != run.data.get(name)]
        lines.append(f"the data: {', '.join(names)}")
    for name, numbers in now.items():
        before_metric = baseline.metrics.get(name)
        if before_metric is not None:
            rules = [
                {"margin": n.margin, "better": n.better, "compared": n.compared, "unit": n.unit}
                for n in (before_metric, numbers)
            ]
            lines += _pairs(f"{name}: ", *rules)
    return tuple(lines)


def _pairs(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [f"{what}{name}: {before.get(name)} → {after.get(name)}" for name in names]


def _unseeded(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name != "seed"}


def _commit(commit: Mapping[str, Any] | None) -> str:
    return "no git" if commit is None else commit["sha"][:10] + (" with changes" if commit["dirty"] else "")
