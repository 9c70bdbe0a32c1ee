"""Explorers of a run as pages to operate: asked for by who runs it, written beside its other results."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.notebook import run_folder

#: Set to ``1`` for a kernel, it asks for a page of each explorer that a cell shows.
PAGES_VARIABLE = "WORKBENCH_EXPLORER_PAGES"
#: Type of the output that names such a page: ``{"title", "page", "height"}``, or ``{"title", "refused"}``.
EXPLORER_TYPE = "application/vnd.mopoe.explorer+json"
_FOLDER = "explorers"


def pages_folder() -> Path | None:
    """Where the explorers of this run go; ``None`` if nobody asked for them or this is no run."""
    run = run_folder()
    if run is None or os.environ.get(PAGES_VARIABLE) != "1":
        return None
    folder = run / _FOLDER
    folder.mkdir(exist_ok=True)
    return folder
