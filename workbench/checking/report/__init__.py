"""One report with four faces: Markdown, HTML, JUnit XML and JSON."""

from __future__ import annotations

from .write import write_report

__all__ = ["write_report"]
