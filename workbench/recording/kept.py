"""Where recorded numbers are kept: files in the folder of the run that a kernel belongs to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

#: The runner sets this for one kernel alone: the folder of the run that the kernel belongs to.
RUN_FOLDER_VARIABLE = "WORKBENCH_RUN_FOLDER"
METRICS_FILE, EXAMPLES_FILE = "metrics.json", "examples.npz"


def run_folder() -> Path | None:
    """Folder of the run that this kernel belongs to; ``None`` in a notebook opened by hand."""
    folder = os.environ.get(RUN_FOLDER_VARIABLE)
    return Path(folder) if folder else None


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file so that nobody, even after a power cut, sees half of it; a failed attempt leaves the old one."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(unfinished)
        with unfinished.open("rb+") as written:
            os.fsync(written.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_text_whole(path: Path, text: str) -> None:
    """Write a text so that a reader never sees half of it."""
    write_whole(path, lambda unfinished: unfinished.write_text(text, encoding="utf-8"))
