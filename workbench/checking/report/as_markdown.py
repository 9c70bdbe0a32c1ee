"""The report as Markdown: for the log of a CI job, or a comment below a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.checking.result import CheckReport, MetricResult, NotebookResult

from .check_text import (
    HOW_TO_MAKE_A_BASELINE,
    baseline_text,
    changes,
    counts,
    facts,
    fine,
    many,
    meaning,
    needing_attention,
    no_baseline,
    outcome,
    took,
)
from .metric_text import ATTENTION, MetricText
from .sanitise import one_line, sanitised

# Only where it would mean something: the text is also read as it stands.
_SPECIAL = re.compile(r"([\\`*|]|~(?=~)|\](?=[(\[:])|<(?=[A-Za-z/!?])|&(?=[#\w])|^[#>+-](?=[\s#]|$))")


def as_markdown(report: CheckReport) -> str:
    """The outcome, then what needs attention, then the rest, folded."""
    lines = [f"# {outcome(report)}", ""]
    if no_baseline(report):
        lines += ["To make one:", "", *_fenced(HOW_TO_MAKE_A_BASELINE), ""]
    lines += [escaped(meaning(report)), ""]
    for notebook in needing_attention(report):
        lines += [*_attention(notebook), ""]
    if quiet := fine(report):
        metrics = sum(len(notebook.metrics) for notebook in quiet)
        lines += _folded(
            f"Fine: {many(len(quiet), 'notebook')}, {many(metrics, 'metric')}", map(_quiet, quiet)
        )
    lines += ["## This check", "", *(f"- {name}: {escaped(text)}" for name, text in facts(report)), ""]
    lines += ["| notebook | ended | metrics | took |", "|---|---|---|---|"]
    for notebook in report.notebooks:
        row = (cell_of(notebook.name), escaped(notebook.state), counts(notebook), took(notebook))
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


def code(text: str) -> str:
    """One line as code, whatever is in it."""
    text = one_line(text) or " "
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def cell_of(text: str) -> str:
    """The same within a table, where a bar must not end the cell: only there a backslash before it is not shown."""
    return code(text).replace("|", r"\|")


def escaped(text: str) -> str:
    """One line of words, shown as it stands."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


def _attention(notebook: NotebookResult) -> list[str]:
    lines = [f"## {code(notebook.name)}: {_state(notebook)}", ""]
    if notebook.failure:
        lines += [*_fenced(notebook.failure), ""]
    bad = [metric for metric in notebook.metrics if metric.verdict in ATTENTION]
    if bad:
        lines += [*_table(bad), ""]
    lines += [*_about(notebook), ""]
    rest = [metric for metric in notebook.metrics if metric.verdict not in ATTENTION]
    if rest:
        lines += _folded(f"Its other metrics: {len(rest)}", [_table(rest)])
    return lines


def _state(notebook: NotebookResult) -> str:
    found = counts(notebook)
    return found if notebook.finished else f"**{escaped(notebook.state)}** ({found})"


def _about(notebook: NotebookResult) -> list[str]:
    lines = [f"- {escaped(baseline_text(notebook))}"]
    if changed := changes(notebook):
        lines += ["- What changed:", *(f"  - {escaped(line)}" for line in changed)]
    if notebook.reproduce:
        lines.append(f"- Reproduce with: {code(notebook.reproduce)}")
    return lines


def _quiet(notebook: NotebookResult) -> list[str]:
    lines = [f"### {code(notebook.name)}: {counts(notebook)}", ""]
    lines += [*_table(notebook.metrics), ""] if notebook.metrics else []
    return lines + _about(notebook)


def _table(metrics: Iterable[MetricResult]) -> list[str]:
    lines = [
        "| | metric | before → now | difference | margin | compared over |",
        "|---|---|---|---|---|---|",
    ]
    for words in map(MetricText.of, metrics):
        over = "; ".join(words.remarks)
        cells = [f"{words.mark} {words.verdict}", cell_of(words.name)]
        margin = f"{words.margin}, {words.direction}"
        cells += map(escaped, (words.change, words.difference, margin, over))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _fenced(text: str) -> list[str]:
    text = sanitised(text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return [f"{fence}text", *text.split("\n"), fence]


def _folded(summary: str, blocks: Iterable[list[str]]) -> list[str]:
    lines = ["<details>", f"<summary>{summary}</summary>", ""]
    for block in blocks:
        lines += [*block, ""]
    return [*lines, "</details>", ""]
