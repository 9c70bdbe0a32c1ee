"""One report in four formats: Markdown, HTML, JUnit XML and JSON."""

from __future__ import annotations

from .write import write_check_report

__all__ = ["write_check_report"]
