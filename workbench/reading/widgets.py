"""Widgets in an executed notebook: their views show nothing without their kernel."""

from __future__ import annotations

from nbformat import NotebookNode

LIVE_ONLY = "(live controls: open the notebook in JupyterLab)"
_VIEW = "application/vnd.jupyter.widget-view+json"


def drop_widgets(notebook: NotebookNode) -> None:
    """Remove the views of widgets; where nothing else is shown, a line of words takes their place."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if data.pop(_VIEW, None) is not None and set(data) <= {"text/plain"}:
                data["text/plain"] = LIVE_ONLY
