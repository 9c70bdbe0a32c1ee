"""What a report says about a check as a whole, and about a notebook."""

from __future__ import annotations

from collections import Counter
from typing import Any

from workbench.checking.result import CheckReport, NotebookResult, Verdict
from workbench.reading.times import duration, local_time

from .metric_text import ATTENTION
from .sanitise import one_line

HOW_TO_MAKE_A_BASELINE = 'workbench check --update-baselines --seeds 8 --reason "..."'


def outcome(report: CheckReport) -> str:
    """The check in one sentence."""
    n, shown_only = len(report.notebooks), report.count(Verdict.NOT_JUDGED)
    total = sum(len(notebook.metrics) for notebook in report.notebooks) - shown_only
    of_all = f"{many(total, 'metric')} of {many(n, 'notebook')}"
    if not n:
        return "No notebook was checked."
    if no_baseline(report):
        parts = [f"There is no baseline yet: {of_all} have nothing to be compared with"]
    elif worse := report.count(Verdict.WORSE):
        where = sum(notebook.count(Verdict.WORSE) > 0 for notebook in report.notebooks)
        parts = [
            f"{worse} of {many(total, 'metric')} {_be(worse)} worse, in {where} of {many(n, 'notebook')}"
        ]
    else:
        parts = [f"None of {of_all} is worse"]
    parts += _counted(report, Verdict.MISSING, Verdict.INCONCLUSIVE)
    states = Counter(notebook.state for notebook in report.crashed)
    parts += [f"{many(count, 'notebook')} {_ended(state, count)}" for state, count in states.items()]
    parts += _counted(report, Verdict.BETTER)
    if not no_baseline(report) and (without := sum(x.baseline is None for x in report.notebooks)):
        parts.append(f"{many(without, 'notebook')} {'has' if without == 1 else 'have'} no baseline")
    return "; ".join(parts) + "."


def no_baseline(report: CheckReport) -> bool:
    """Whether nothing was compared with anything."""
    return all(notebook.baseline is None for notebook in report.notebooks)


def meaning(report: CheckReport) -> str:
    """What intervals, margins and verdicts are, in one line."""
    return (
        f"Brackets are {100 * report.level:g} % intervals of the difference from the baseline. Worse: surely beyond "
        f"the margin; if nothing changed, at most {100 * report.false_alarms:g} % of checks call any metric worse, "
        "as far as numbers are normal over seeds. "
        "Same: the interval lies within the margin. Inconclusive: neither is sure."
    )


def facts(report: CheckReport) -> list[tuple[str, str]]:
    """What ran, when, on which code and with what: pairs of a name and a text."""
    made_by = report.provenance
    versions = ", ".join(f"{name} {number}" for name, number in made_by.get("versions", {}).items())
    pairs = [
        ("code", commit_text(made_by.get("commit"))),
        ("profile", report.profile),
        ("seeds", ", ".join(map(str, report.seeds))),
        ("started", local_time(report.started)),
        ("took", duration(report.seconds)),
        ("command", report.command),
        ("versions", versions),
        ("platform", made_by.get("platform", "")),
        ("threads", made_by.get("threads", "")),
    ]
    return [(name, one_line(text)) for name, text in pairs if text]


def commit_text(commit: Any) -> str:
    """A commit as :func:`workbench.running.provenance.commit_of` gives it, or its SHA alone."""
    if not commit:
        return "unknown commit"
    sha, dirty = (commit["sha"], commit["dirty"]) if isinstance(commit, dict) else (str(commit), False)
    return f"commit {sha[:12]}" + (" with uncommitted changes" if dirty else "")


def baseline_text(notebook: NotebookResult) -> str:
    """Where the numbers before come from."""
    if notebook.baseline is None:
        return f"No baseline. To make one: {HOW_TO_MAKE_A_BASELINE}"
    baseline = notebook.baseline
    words = [commit_text(baseline.get("commit"))]
    if baseline.get("date"):
        words.insert(0, str(baseline["date"]))
    if baseline.get("seeds"):
        words.append("seeds " + ", ".join(map(str, baseline["seeds"])))
    if baseline.get("reason"):
        words.append(f"“{baseline['reason']}”")
    return one_line("Baseline: " + ", ".join(words))


def changes(notebook: NotebookResult) -> list[str]:
    """What differs from the baseline besides the numbers; nothing without a baseline."""
    if notebook.baseline is None:
        return []
    nothing = "nothing that is known: notebook, code, versions, parameters and data are the same"
    return [one_line(line) for line in notebook.changed] or [nothing]


def counts(notebook: NotebookResult) -> str:
    """Such as ``"1 worse, 11 same"``."""
    found = [f"{notebook.count(verdict)} {verdict}" for verdict in Verdict if notebook.count(verdict)]
    return ", ".join(found) or "no metrics"


def took(notebook: NotebookResult) -> str:
    """How long it ran, and whether it ran now."""
    return duration(notebook.seconds) + (" (kept from before)" if notebook.reused else "")


def needing_attention(report: CheckReport) -> list[NotebookResult]:
    """Notebooks that somebody must look at: those that did not finish, then the others, worst first."""
    finished = [x for x in report.notebooks if x.finished and any(map(x.count, ATTENTION))]
    return [*report.crashed, *finished]


def fine(report: CheckReport) -> list[NotebookResult]:
    """The other notebooks."""
    return [x for x in report.notebooks if x.finished and not any(map(x.count, ATTENTION))]


def _counted(report: CheckReport, *verdicts: Verdict) -> list[str]:
    found = [(report.count(verdict), verdict) for verdict in verdicts]
    return [f"{count} {_be(count)} {verdict}" for count, verdict in found if count]


def _ended(state: str, count: int) -> str:
    were = "was" if count == 1 else "were"
    return f"{were} {state}" if state in ("interrupted", "killed") else one_line(state)


def many(count: int, what: str) -> str:
    """Such as ``"1 metric"`` or ``"2 metrics"``."""
    return f"{count} {what}" + ("" if count == 1 else "s")


def _be(count: int) -> str:
    return "is" if count == 1 else "are"
