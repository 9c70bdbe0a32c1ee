"""Running a notebook in a process of its own, which may die without taking its caller along."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from .child_process import start_child, stop_child

LOG_FILE = "log.txt"
CRASHED_CODE, INTERRUPTED_CODE = 3, 130
_GRACE = 20  # seconds that a run has to write down that it was stopped
_LOOK = 0.2  # seconds between two looks at whether somebody wants it stopped


def run_in_process(
    notebook: Path,
    folder: Path,
    parameters: Mapping[str, object],
    *,
    cell_timeout: int | None = None,
    html: bool = False,
    threads: int | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Run a notebook in a new Python process and wait for it.

    What became of it is in ``folder``: ``run.json`` tells the truth whatever the process died of, ``log.txt``
    holds what it printed.

    Args:
        notebook: to be run.
        folder: for its results.
        parameters: name → value.
        cell_timeout: seconds a cell may take.
        html: write the page too.
        threads: of torch in the kernel; ``None`` leaves it to the environment.
        stop: when set by another thread, the run is stopped in order.

    Returns:
        The exit status of the process: 0, 3 for a crash, 130 if it was stopped; negative for a signal.

    Raises:
        KeyboardInterrupt: Ctrl-C; the notebook was stopped first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    job = {
        "notebook": str(notebook),
        "folder": str(folder),
        "parameters": dict(parameters),
        "cell_timeout": cell_timeout,
        "html": html,
    }
    limits = {} if threads is None else {"OMP_NUM_THREADS": str(threads)}
    with (folder / LOG_FILE).open("wb") as log:
        process = start_child(
            [sys.executable, "-m", "workbench.running.notebook_child"],
            environment=limits,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError):  # it died at once: its exit status says so
                process.stdin.write(json.dumps(job).encode() + b"\n")
                process.stdin.flush()
            while stop is not None and not stop.is_set() and process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK)
            return process.wait() if stop is None else stop_child(process, _GRACE)
        finally:
            stop_child(process, _GRACE)
