"""Numbers that a notebook claims: shown at once, and kept outside the notebook for comparison."""

from __future__ import annotations

from .data import record_data
from .record import record
from .run_files import DATA_FILE, EXAMPLES_FILE, METRICS_FILE, RUN_FOLDER_VARIABLE, run_folder

__all__ = [
    "DATA_FILE",
    "EXAMPLES_FILE",
    "METRICS_FILE",
    "RUN_FOLDER_VARIABLE",
    "record",
    "record_data",
    "run_folder",
]
