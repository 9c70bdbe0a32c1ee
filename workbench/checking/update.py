"""New baselines, by people's decision, with a log that a reviewer can read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from workbench.files import write_whole
from workbench.running.provenance import changed_files
from workbench.running.store import StoredRun

from .baseline import Baseline, write_baseline
from .check import picture_folder
from .metric_values import gather_metrics
from .pictures import save_pictures
from .plan import PlannedNotebook
from .result import CheckReport, MetricResult, Verdict
from .targets import BASELINES

LOG = "LOG.md"


def refuse_dirty_tree(planned: Sequence[PlannedNotebook]) -> None:
    """A baseline must be of a commit; changes of baselines themselves are no obstacle.

    Raises:
        ValueError: a file differs from the commit; the message names the first.
    """
    root = planned[0].target.root
    changed = [path for path in changed_files(root) or [] if f"{BASELINES}/" not in path]
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise ValueError(f"baselines are of a commit, but the tree has changes: {changed[0]}{more}")


def refuse_missing(report: CheckReport, dropped: Collection[str]) -> None:
    """A metric does not vanish by accident.

    Args:
        report: of the new runs.
        dropped: names of metrics that people give up.

    Raises:
        ValueError: a notebook crashed, a metric is missing and not in ``dropped``, or one of these is not.
    """
    if report.crashed:
        raise ValueError(f"no new baselines: {report.crashed[0].name} did not finish")
    missing = [(found, metric) for found, metric in report.metrics() if metric.verdict == Verdict.MISSING]
    if kept := sorted(set(dropped) - {metric.name for _, metric in missing}):
        raise ValueError(f"no new baselines: --drop {kept[0]}, but no metric of that name is missing")
    for notebook, metric in missing:
        if metric.name not in dropped:
            raise ValueError(
                f"no new baselines: {notebook.name} does not record {metric.name} any more; if that is meant: "
                f"--drop {metric.name}"
            )


def update_baselines(
    planned: Sequence[PlannedNotebook],
    report: CheckReport,
    runs: Mapping[str, Mapping[int, StoredRun]],
    reason: str,
) -> list[str]:
    """Write the baselines of all notebooks of a check and append to the log.

    Args:
        planned: the notebooks.
        report: of their runs.
        runs: name → seed → run.
        reason: why, for the log.

    Returns:
        The lines that the log has now more.
    """
    date = datetime.now(UTC).date().isoformat()
    for notebook in planned:
        of_seeds = runs[notebook.target.name]
        first = next(iter(of_seeds.values()))
        facts = {
            "commit": first.status["provenance"]["commit"],
            "date": date,
            "reason": reason,
            "seeds": list(of_seeds),
            "parameters": first.status["parameters"],
            "provenance": first.status["provenance"],
            "data": {str(seed): run.data for seed, run in of_seeds.items()},
        }
        platform = facts["provenance"]["platform"]
        baseline = Baseline(gather_metrics(of_seeds), facts)
        write_baseline(notebook.target.baseline_folder, platform, report.profile, baseline)
        save_pictures(first.executed, picture_folder(notebook, report.profile))
    lines = _log(report, date, reason)
    _append(planned[0].target.root / BASELINES / LOG, lines)
    return lines


def differences(report: CheckReport) -> list[str]:
    """One line for each metric that is not the same: what a new baseline would change."""
    changed = [
        (notebook.name, metric)
        for notebook, metric in report.metrics()
        if metric.verdict not in (Verdict.SAME, Verdict.NOT_JUDGED)
    ]
    return [f"{name}: {_in_words(metric)}" for name, metric in changed]


def _log(report: CheckReport, date: str, reason: str) -> list[str]:
    commit = report.provenance["commit"]
    where = commit["sha"][:10] if commit else "no git"
    names = ", ".join(sorted(notebook.name for notebook in report.notebooks))
    head = f"## {date}, {where}, {report.profile}, {report.provenance['platform']}"
    about = f"{len(report.seeds)} seeds of: {names}."
    return [head, "", reason.strip(), "", about, "", *(f"- {line}" for line in differences(report)), ""]


def _in_words(metric: MetricResult) -> str:
    unit = f" {metric.unit}" if metric.unit else ""
    doubt = f"; {metric.diagnosis}" if metric.diagnosis else ""
    if metric.before is None:
        return f"{metric.name} is new, {metric.value:.6g}{unit}{doubt}"
    if metric.value is None:
        return f"{metric.name} is gone, was {metric.before:.6g}{unit}"
    return f"{metric.name} {metric.verdict}, {metric.before:.6g} → {metric.value:.6g}{unit} ({metric.how}){doubt}"


def _append(path: Path, lines: list[str]) -> None:
    before = (
        path.read_text(encoding="utf-8")
        if path.is_file()
        else "# Changes of baselines\n\nThe last at the end.\n"
    )
    write_whole(path, before.rstrip("\n") + "\n\n" + "\n".join(lines).rstrip("\n") + "\n")
