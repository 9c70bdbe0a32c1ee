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
    doubtful = [(notebook, metric) for notebook, metric in report.metrics() if metric.diagnosis]
    lines += [_doubt(notebook, metric) for notebook, metric in doubtful[:_MOST_METRICS]]
    if len(doubtful) > _MOST_METRICS:
        lines.append(f"    and {len(doubtful) - _MOST_METRICS} more that are not to be believed")
    style = "bold red" if needing_attention(report) else "bold green"
    return [*lines, f"[{style}]{escape(outcome(report))}[/{style}]"]


def _notebook(notebook: NotebookResult) -> list[str]:
    name = f"[bold]{escape(one_line(notebook.name))}[/bold]"
    if notebook.finished:
        return [name]
    failure = [f"    {escape(line)}" for line in sanitised(notebook.failure).splitlines()]
    return [f"{name} [bold red]{escape(one_line(notebook.state))}[/bold red]", *failure]


def _doubt(notebook: NotebookResult, metric: MetricResult) -> str:
    name, why = (escape(one_line(text)) for text in (notebook.name, metric.diagnosis))
    return f"[yellow]{escape(one_line(metric.name))}[/yellow] of {name}: {why}"


def _metric(metric: MetricResult) -> str:
    words, style = MetricText.of(metric), _STYLES[metric.verdict]
    return (
        f"    [{style}]{words.mark} {words.verdict}[/{style}] {escape(words.name)}: {escape(words.sentence)}"
    )
