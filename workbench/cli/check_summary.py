"""The end of ``workbench check`` in a terminal."""

from __future__ import annotations

from rich.markup import escape

from workbench.checking.report.check_text import (
    HOW_TO_MAKE_A_BASELINE,
    needing_attention,
    no_baseline,
    outcome,
)
from workbench.checking.report.metric_text import ATTENTION, MetricText
from workbench.checking.report.sanitise import one_line, sanitised
from workbench.checking.result import CheckReport, MetricResult, NotebookResult, Verdict

_STYLES = {Verdict.WORSE: "bold red", Verdict.MISSING: "red", Verdict.INCONCLUSIVE: "yellow"}
_MOST_METRICS = 12


def check_summary(report: CheckReport) -> list[str]:
    """What needs attention, worst first, and the outcome as the last line; rich markup.

    Args:
        report: what the check has found; of many metrics only the first are named, and the rest counted.
    """
    lines: list[str] = []
    left = _MOST_METRICS
    for notebook in needing_attention(report):
        bad = [metric for metric in notebook.metrics if metric.verdict in ATTENTION]
        lines += _notebook(notebook)
        lines += [_metric(metric) for metric in bad[:left]]
        if len(bad) > left:
            lines.append(f"    and {len(bad) - left} more")
        left = max(0, left - len(bad))
        if notebook.reproduce:
            lines.append(f"    [dim]reproduce with:[/dim] {escape(one_line(notebook.reproduce))}")
    if no_baseline(report):
        lines.append(f"To make a baseline: {escape(HOW_TO_MAKE_A_BASELINE)}")
    lines += [_doubt(notebook) for notebook in report.notebooks if any(m.diagnosis for m in notebook.metrics)]
    style = "bold red" if needing_attention(report) else "bold green"
    return [*lines, f"[{style}]{escape(outcome(report))}[/{style}]"]


def _notebook(notebook: NotebookResult) -> list[str]:
    name = f"[bold]{escape(one_line(notebook.name))}[/bold]"
    if notebook.finished:
        return [name]
    failure = [f"    {escape(line)}" for line in sanitised(notebook.failure).splitlines()]
    return [f"{name} [bold red]{escape(one_line(notebook.state))}[/bold red]", *failure]


def _doubt(notebook: NotebookResult) -> str:
    """How many numbers must not be believed, and what is said of the first of them."""
    first, *more = [metric for metric in notebook.metrics if metric.diagnosis]
    name, metric, why = (escape(one_line(text)) for text in (notebook.name, first.name, first.diagnosis))
    others = (
        f"; {len(more)} more {'is' if len(more) == 1 else 'are'} in doubt, as the report says" if more else ""
    )
    return f"[yellow]{metric}[/yellow] of {name}: {why}{others}"


def _metric(metric: MetricResult) -> str:
    words, style = MetricText.of(metric), _STYLES[metric.verdict]
    return (
        f"    [{style}]{words.mark} {words.verdict}[/{style}] {escape(words.name)}: {escape(words.sentence)}"
    )
