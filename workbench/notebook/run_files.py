"""The files that a notebook records into, and the folder of the run that they are in."""

from __future__ import annotations

import os
from pathlib import Path

#: The runner sets this for one kernel alone: the folder of the run that the kernel belongs to.
RUN_FOLDER_VARIABLE = "WORKBENCH_RUN_FOLDER"
METRICS_FILE, EXAMPLES_FILE, DATA_FILE = "metrics.json", "examples.npz", "data.json"


def run_folder() -> Path | None:
    """Folder of the run that this kernel belongs to; ``None`` in a notebook opened by hand."""
    folder = os.environ.get(RUN_FOLDER_VARIABLE)
    return Path(folder) if folder else None
