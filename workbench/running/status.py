"""``run.json``: what became of a run and of each of its cells, true at every moment, also after a kill."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from workbench.files import write_whole

STATUS_FILE, LOCK_FILE, RESERVE_FILE = "run.json", ".lock", ".reserve"
_RESERVE = 64 * 1024  # bytes, more than any status takes
#: What ``state`` can be. A run that says *running* while nothing holds its lock was killed.
RUNNING, FINISHED, CRASHED, TIMED_OUT, INTERRUPTED, KILLED = (
    "running",
    "finished",
    "crashed",
    "timed out",
    "interrupted",
    "killed",
)


class RunStatus:
    """Writes ``run.json`` at each step of a run.

    Args:
        folder: of the run.
        facts: about the run, kept as they are: parameters, provenance.
        cells: identifiers and headings of the notebook's own cells.
    """

    def __init__(self, folder: Path, facts: Mapping[str, Any], cells: list[tuple[str, str]]) -> None:
        self._folder = folder
        # Given back at the end: how a run ended can be told on a full disk too.
        self._reserve = folder / RESERVE_FILE
        self._reserve.write_bytes(b"x" * _RESERVE)
        self._began = time.monotonic()
        self._content: dict[str, Any] = {
            "state": RUNNING,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": 0.0,
            "failure": None,
            **facts,
            "cells": [{"id": name, "heading": heading, "state": "pending"} for name, heading in cells],
        }
        self._write()

    def start_cell(self, number: int) -> None:
        """Cell ``number``, from 1, begins."""
        self._content["cells"][number - 1]["state"] = RUNNING
        self._write()

    def end_cell(self, number: int, state: str, seconds: float) -> None:
        """Cell ``number`` has ended."""
        self._content["cells"][number - 1] |= {"state": state, "seconds": round(seconds, 3)}
        self._write()

    def end(self, state: str, failure: str | None = None) -> None:
        """The run has ended; a cell that was running ended with it."""
        self._reserve.unlink(missing_ok=True)
        for cell in self._content["cells"]:
            if cell["state"] == RUNNING:
                cell["state"] = state
        self._content |= {"state": state, "failure": failure}
        self._write()

    def _write(self) -> None:
        self._content["seconds"] = round(time.monotonic() - self._began, 3)
        write_status(self._folder, self._content)


def write_status(folder: Path, status: Mapping[str, Any]) -> None:
    """Write ``run.json`` in one piece."""
    write_whole(folder / STATUS_FILE, json.dumps(status, indent=1) + "\n")


@contextmanager
def locked(folder: Path, lock: str = LOCK_FILE) -> Iterator[None]:
    """Hold the folder for one run; the system lets go of it when the process dies, however it dies.

    Args:
        folder: of the run.
        lock: name of the file that is locked in it.

    Raises:
        BlockingIOError: another run is using the folder.
    """
    try:
        acquired = FileLock(folder / lock).acquire(timeout=0)
    except Timeout:
        raise BlockingIOError(f"another run is writing into {folder}") from None
    with acquired:
        yield


def is_locked(folder: Path, lock: str = LOCK_FILE) -> bool:
    """Whether a process holds the folder."""
    try:
        with locked(folder, lock):
            return False
    except BlockingIOError:
        return True


def read_status(folder: Path) -> dict[str, Any] | None:
    """What ``run.json`` says, corrected for a run that was killed; ``None`` if there is none."""
    status = _read(folder)
    if status is None or status["state"] != RUNNING:
        return status
    try:
        with locked(folder):
            status = _read(folder)  # it may have ended between the two looks
    except BlockingIOError:
        return status
    if status is not None and status["state"] == RUNNING:
        at = next((n for n, cell in enumerate(status["cells"], 1) if cell["state"] == RUNNING), None)
        where = f" in cell {at} of {len(status['cells'])}" if at else ""
        status |= {"state": KILLED, "failure": f"the process that ran the notebook was killed{where}"}
        for cell in status["cells"]:
            cell["state"] = KILLED if cell["state"] == RUNNING else cell["state"]
    return status


def _read(folder: Path) -> dict[str, Any] | None:
    path = folder / STATUS_FILE
    try:
        status: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        raise ValueError(f"{path} is damaged; remove its folder to run it again ({error})") from None
    return status
