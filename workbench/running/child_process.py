"""Child processes that end when their parent does, whatever ends it.

The child's standard input is a pipe from the parent. The system closes it when the parent ends, even by a signal
that nothing can handle; the child watches for that.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO


def start_child(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process that is to call :func:`on_parent_exit`.

    Ctrl-C reaches the parent alone, which then ends its children by :func:`stop_child`.

    Args:
        command: program and arguments.
        environment: variables besides those of this process.
        stdout: where its output goes, as :class:`subprocess.Popen` takes it.
        stderr: likewise.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )


def stop_child(process: subprocess.Popen[bytes], grace: float) -> int:
    """Ask a child to end; after ``grace`` seconds, or at a second Ctrl-C, kill it with its own children.

    Returns:
        Its exit status; negative for a signal.
    """
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()
    try:
        return process.wait(grace)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        _kill(process)
        return process.wait()


def on_parent_exit(callback: Callable[[], object]) -> None:
    """Call ``callback`` in a thread once the parent has ended or asks this process to end."""
    threading.Thread(target=_watch, args=(callback,), daemon=True).start()


def _watch(callback: Callable[[], object]) -> None:
    while os.read(sys.stdin.fileno(), 1):  # not through Python's buffer: its lock would outlast us at the end
        continue
    callback()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
