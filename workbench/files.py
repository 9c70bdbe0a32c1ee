"""The folder that results go into, made and tried before any work is done."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
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
