"""The report as one HTML page that needs no network: a forest plot a notebook, and its pictures before and after."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from workbench.checking.result import CheckReport, NotebookResult, Verdict
from workbench.reading.times import duration

from .check_text import (
    HOW_TO_MAKE_A_BASELINE,
    baseline_text,
    changes,
    counts,
    facts,
    fine,
    meaning,
    needing_attention,
    no_baseline,
    outcome,
    took,
)
from .forest_figure import NARROW, WIDE, forest_figure
from .forest_rows import forest_rows
from .metric_text import ATTENTION, MetricText
from .sanitise import one_line, sanitised
from .verdicts import VERDICT_LOOKS

_KINDS = {
    ".webp": "image/webp",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".svg": "image/svg+xml",
}


def as_html(report: CheckReport) -> str:
    """The report as the text of an HTML file."""
    folder = files(__package__) / "template"
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((folder / "report.html.j2").read_text(encoding="utf-8"))
    return template.render(
        style=Markup((folder / "report.css").read_text(encoding="utf-8")),
        outcome=outcome(report),
        bad=bool(needing_attention(report)),
        counts=[(verdict, *VERDICT_LOOKS[verdict], report.count(verdict)) for verdict in Verdict],
        looks=VERDICT_LOOKS,
        how_to_make_a_baseline=HOW_TO_MAKE_A_BASELINE if no_baseline(report) else "",
        meaning=meaning(report),
        facts=facts(report),
        short_facts=[text for name, text in facts(report) if name in ("profile", "code", "started")],
        took=duration(report.seconds),
        attention=[_notebook(notebook) for notebook in needing_attention(report)],
        fine=[_notebook(notebook) for notebook in fine(report)],
        notebooks=[
            (one_line(x.name), one_line(x.state), counts(x), took(x), baseline_text(x))
            for x in report.notebooks
        ],
    )


def _notebook(notebook: NotebookResult) -> dict[str, Any]:
    rows = forest_rows(notebook.metrics)
    pictures = _pictures(notebook.pictures)
    attention = [
        MetricText.of(metric)
        for metric in notebook.metrics
        if metric.verdict in ATTENTION or metric.diagnosis
    ]
    # Where nothing can be drawn, and the table says it all, there is no plot.
    draw = any(row.place is not None for row in rows) or len(attention) < len(rows)
    return {
        "name": one_line(notebook.name),
        "state": "" if notebook.finished else one_line(notebook.state),
        "counts": counts(notebook),
        "took": took(notebook),
        "failure": sanitised(notebook.failure),
        "metrics": attention,
        "forests": [
            (name, Markup(forest_figure(rows, layout).text()))
            for name, layout in (("wide", WIDE), ("narrow", NARROW))
            if draw
        ],
        "baseline": baseline_text(notebook),
        "changed": changes(notebook),
        "reproduce": one_line(notebook.reproduce),
        "altered": [x for x in pictures if x["before"] and x["before"] != x["after"]],
        "unaltered": [x for x in pictures if x["before"] and x["before"] == x["after"]],
        "first": [x for x in pictures if x["after"] and not x["before"]],
    }


def _pictures(pairs: Mapping[str, tuple[Path | None, Path | None]]) -> list[dict[str, str]]:
    return [
        {"title": one_line(title), "before": _address(before), "after": _address(after)}
        for title, (before, after) in pairs.items()
    ]


def _address(path: Path | None) -> str:
    """The picture itself as an address; empty if there is none, or its file is gone."""
    if path is None or not path.is_file():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    return f"data:{_KINDS[path.suffix.lower()]};base64,{data}"
