"""Files that appear whole or not at all, and folders that can be written to."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

#: What a file is to hold: bytes, a text (as UTF-8), or a function that writes it to the path that it is given.
Content = bytes | str | Callable[[Path], object]


def write_whole(path: Path, content: Content) -> Path:
    """Write a file so that nobody, even after a power cut, sees half of it; a failed attempt leaves the old one.

    Args:
        path: of the file; its folder is there.
        content: see :data:`Content`.

    Returns:
        ``path``.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    return write_all_or_none({path: content})[0]


def write_all_or_none(contents: Mapping[Path, Content]) -> list[Path]:
    """Write several files as :func:`write_whole` does one; if one cannot be written, the others are not either.

    Returns:
        Their paths.
    """
    for path in contents:
        require_folder(path)
    unfinished = {path: path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part") for path in contents}
    try:
        for path, part in unfinished.items():
            _write(part, contents[path])
        for path, part in unfinished.items():
            part.replace(path)
    finally:
        for part in unfinished.values():
            part.unlink(missing_ok=True)
    return list(contents)


def require_folder(path: Path) -> None:
    """Refuse a path whose folder is not there, before work is done for its file.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"expected a folder to write {path.name} into, got {path.parent}")


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


def _write(path: Path, content: Content) -> None:
    if callable(content):
        content(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with path.open("rb+") as written:
        os.fsync(written.fileno())
