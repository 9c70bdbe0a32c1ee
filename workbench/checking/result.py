"""What a check has found: plain data that every format of the report shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Verdict(StrEnum):
    """Of one metric; the worst first."""

    WORSE = "worse"
    MISSING = "missing"
    INCONCLUSIVE = "inconclusive"
    NEW = "new"
    BETTER = "better"
    SAME = "same"
    NOT_JUDGED = "not judged"


SEVERITY = {verdict: place for place, verdict in enumerate(Verdict)}


@dataclass(frozen=True)
class MetricResult:
    """One metric beside its baseline.

    Args:
        name: of the metric.
        verdict: what came of it.
        value: now, a mean over the seeds that are compared; ``None`` if it is missing.
        before: in the baseline, likewise; ``None`` if it is new.
        difference: ``value − before``, by what ``how`` compares; ``None`` where nothing was compared.
        low: lower end of its interval of confidence at ``CheckReport.level``.
        high: upper end.
        p: probability of a difference at least so bad, were the true one no worse than the margin; not corrected.
        margin: the largest difference that does not matter; ``None`` if compared exactly or not at all.
        better: ``"lower"``, ``"higher"`` or ``None``.
        unit: of all numbers above; empty for a proportion.
        how: what the interval is over, in words: ``"64 examples, paired"``, ``"8 seeds"``, ``"exact"``.
        new_seeds: how many now, where the interval is over seeds; else 0.
        advice: what to do if it is inconclusive; else empty.
        diagnosis: why ``value`` must not be believed, in words; empty if nothing speaks against it. It changes no
            verdict.
    """

    name: str
    verdict: Verdict
    value: float | None = None
    before: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    margin: float | None = None
    better: str | None = None
    unit: str = ""
    how: str = ""
    new_seeds: int = 0
    advice: str = ""
    diagnosis: str = ""


@dataclass(frozen=True)
class NotebookResult:
    """One notebook of a check.

    Args:
        name: its path below ``notebooks``, without the suffix.
        notebook: the file.
        state: ``"finished"``, or how it ended; see :mod:`workbench.running.status`.
        failure: where and why it stopped; empty if it finished.
        seconds: how long its runs took, all together.
        reused: all runs were there already.
        folders: of its runs, one a seed; the first is the one with ``pictures``.
        parameters: of the first run.
        cells: of the first run that did not finish, or of the first: ``{"id", "heading", "state", "seconds"}``.
        metrics: worst first.
        baseline: facts of the baseline: ``commit``, ``date``, ``reason``, ``seeds``; ``None`` without one.
        changed: what differs from the baseline besides the numbers, one line each.
        reproduce: the command that runs it again, as it was run here.
        pictures: title → (before or ``None``, after or ``None``), files that hold a picture.
    """

    name: str
    notebook: Path
    state: str
    failure: str = ""
    seconds: float = 0.0
    reused: bool = False
    folders: tuple[Path, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    cells: tuple[dict[str, Any], ...] = ()
    metrics: tuple[MetricResult, ...] = ()
    baseline: dict[str, Any] | None = None
    changed: tuple[str, ...] = ()
    reproduce: str = ""
    pictures: dict[str, tuple[Path | None, Path | None]] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether all cells of all its runs ran."""
        return self.state == "finished"

    def count(self, verdict: Verdict) -> int:
        """How many of its metrics have this verdict."""
        return sum(metric.verdict == verdict for metric in self.metrics)


@dataclass(frozen=True)
class CheckReport:
    """A whole check.

    Args:
        notebooks: worst first.
        profile: ``"fast"`` or ``"full"``.
        seeds: that every notebook was run with.
        started: ISO time.
        seconds: from first to last.
        provenance: of the code and machine that ran it; see :func:`workbench.running.provenance.provenance`.
        level: of the intervals, such as 0.95.
        false_alarms: how often, at most, a check in which nothing changed calls any metric worse.
        command: that was given.
    """

    notebooks: tuple[NotebookResult, ...]
    profile: str
    seeds: tuple[int, ...]
    started: str
    seconds: float
    provenance: dict[str, Any]
    level: float
    false_alarms: float
    command: str = ""

    def metrics(self) -> Iterator[tuple[NotebookResult, MetricResult]]:
        """All metrics, worst first over all notebooks."""
        pairs = [(notebook, metric) for notebook in self.notebooks for metric in notebook.metrics]
        return iter(sorted(pairs, key=lambda pair: SEVERITY[pair[1].verdict]))

    def count(self, verdict: Verdict) -> int:
        """How many metrics have this verdict."""
        return sum(notebook.count(verdict) for notebook in self.notebooks)

    @property
    def crashed(self) -> tuple[NotebookResult, ...]:
        """Notebooks that did not finish."""
        return tuple(notebook for notebook in self.notebooks if not notebook.finished)
