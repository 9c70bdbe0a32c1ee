"""The report as files, one a format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workbench.checking.result import CheckReport
from workbench.files import write_whole

from .as_html import as_html
from .as_json import as_json
from .as_junit import as_junit
from .as_markdown import as_markdown

#: Name of the file → what makes its text.
FORMATS: dict[str, Callable[[CheckReport], str]] = {
    "report.md": as_markdown,
    "report.html": as_html,
    "junit.xml": as_junit,
    "report.json": as_json,
}


def write_check_report(report: CheckReport, folder: Path) -> dict[str, Path]:
    """Write a report in all formats, each file whole.

    Args:
        report: what the check has found.
        folder: of the files; it is made if need be.

    Returns:
        ``report.md``, ``report.html``, ``junit.xml``, ``report.json`` → path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, render in FORMATS.items():
        write_whole(folder / name, render(report))
    return {name: folder / name for name in FORMATS}
