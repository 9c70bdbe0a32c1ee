"""The report as JSON: complete, for programs.

Keys of the whole: ``format`` (1; a change that would break a reader counts up), ``outcome`` (one sentence),
``counts`` (verdict → number of metrics), ``crashed`` (names of notebooks), ``profile``, ``seeds``, ``started``,
``seconds``, ``level``, ``false_alarms``, ``command``, ``provenance`` and ``notebooks``. Those of a notebook and of
a metric are the fields of :class:`~workbench.checking.result.NotebookResult` and
:class:`~workbench.checking.result.MetricResult`. Paths are texts, pictures are ``{"before": path, "after": path}``,
numbers are as they were computed, and ``null`` is a number that is not there or not finite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from workbench.checking.result import CheckReport, MetricResult, NotebookResult, Verdict

from .check_text import outcome

FORMAT = 1


def as_json(report: CheckReport) -> str:
    """The report as the text of a JSON file."""
    summary = {
        "format": FORMAT,
        "outcome": outcome(report),
        "counts": {str(verdict): report.count(verdict) for verdict in Verdict},
        "crashed": [notebook.name for notebook in report.crashed],
    }
    content = summary | _fields(report) | {"notebooks": [_notebook(found) for found in report.notebooks]}
    # Escaped: names of files may hold what is no character, and must come back as they are.
    return json.dumps(_jsonable(content), indent=1, allow_nan=False) + "\n"


def _notebook(notebook: NotebookResult) -> dict[str, Any]:
    pictures = {
        title: {"before": before, "after": after} for title, (before, after) in notebook.pictures.items()
    }
    metrics = [_fields(metric) for metric in notebook.metrics]
    return _fields(notebook) | {"metrics": metrics, "pictures": pictures}


def _fields(of: CheckReport | NotebookResult | MetricResult) -> dict[str, Any]:
    return {field.name: getattr(of, field.name) for field in fields(of)}


def _jsonable(value: Any) -> Any:
    """What JSON can hold."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Path():
            return value.as_posix()
        case Mapping():
            return {str(key): _jsonable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_jsonable(inner) for inner in value]
    return value
