"""Numbers that a notebook claims: shown at once, and kept outside the notebook for comparison."""

from __future__ import annotations

from .data import DATA_FILE, record_data
from .kept import EXAMPLES_FILE, METRICS_FILE, RUN_FOLDER_VARIABLE, run_folder
from .record import record

__all__ = [
    "DATA_FILE",
    "EXAMPLES_FILE",
    "METRICS_FILE",
    "RUN_FOLDER_VARIABLE",
    "record",
    "record_data",
    "run_folder",
]
