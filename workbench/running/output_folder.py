"""The folder that results go into, made and tried before any work is done."""

from __future__ import annotations

import tempfile
from pathlib import Path


def make_writable(folder: Path) -> Path:
    """Make ``folder`` with its parents if need be, and try to write there.

    Raises:
        OSError: of the kind that the system gave, with the folder named.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise type(error)(f"cannot write to the output folder {folder}: {error.strerror}") from error
