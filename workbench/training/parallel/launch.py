"""Several processes that run one command: how they are started, and how none is left waiting for another."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ...running.child_process import on_parent_exit, start_child, stop_child

# What tells a process its rank, and where the others are. torchrun sets it, and so do we.
_GROUP = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
_STARTED_FOR = "WORKBENCH_STARTED_FOR"  # the process that started this one
_GRACE = 10.0  # seconds in which the first process notices by itself that another one ended
_LOOK = 0.2  # seconds between two looks at the others


def rank() -> int:
    """Rank of this process among those that train together; 0 where it is alone."""
    return int(os.environ["RANK"]) if _in_group() else 0


def require_processes(devices: int) -> None:
    """Stop unless as many processes are there as are to train together.

    Raises:
        ValueError: they are fewer or more, or on several machines.
    """
    size = int(os.environ["WORLD_SIZE"]) if _in_group() else 1
    here = int(os.environ["LOCAL_WORLD_SIZE"]) if _in_group() else 1
    if size == devices == here:
        return
    if size == 1:
        raise ValueError(
            f"devices: expected 1, as this process is alone, got {devices}. Several processes train by a command, "
            f"not within a notebook: `workbench train --devices {devices}`, or "
            f"`torchrun --nproc-per-node {devices}` with a script of yours"
        )
    machines = "" if here == size else f", {here} of them on this machine (all must be)"
    raise ValueError(
        f"devices: expected {size}, as that many processes were started{machines}, got {devices}"
    )


def _in_group() -> bool:
    return all(name in os.environ for name in _GROUP)


@contextlib.contextmanager
def rank_zero_speaks() -> Iterator[None]:
    """Inside, only the process of rank 0 writes to the terminal and hears Ctrl-C."""
    if rank() == 0:
        yield
        return
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first one ends in order, and the others with it
    if _STARTED_FOR in os.environ:  # what it says is kept for rank 0, which may have to explain its end
        on_parent_exit(lambda: os._exit(1))
        yield
        return
    with (
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        yield


@dataclass(frozen=True)
class _Worker:
    """A process that was started here, and what it has written to its standard error."""

    rank: int
    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    def end(self) -> str | None:
        """How it ended, if it failed."""
        code = self.process.poll()
        if not code:
            return None
        name = f"signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"code {code}"
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return f"ended with {name}" + (f": {lines[-1]}" if lines else "")


class Workers:
    """The processes that were started beside this one; none where it is alone or torchrun has started all.

    Args:
        devices: number of processes together.
        words: of the command, after the program's name.
    """

    def __init__(self, devices: int = 1, words: Sequence[str] = ()) -> None:
        self.devices = devices
        self._left = threading.Event()
        self._all = [self._start(rank, words) for rank in range(1, devices)]
        self._watching = threading.Thread(target=self._watch, daemon=True)
        if self._all:
            self._watching.start()

    def failure(self, patience: float = 2.0) -> str | None:
        """What became of one that failed, in words; it may take a moment until its end is known.

        Args:
            patience: so many seconds.
        """
        until = time.monotonic() + patience
        while self._all:
            for worker in self._all:
                end = worker.end()
                if end is not None:
                    return f"process {worker.rank + 1} of {self.devices} {end}"
            if time.monotonic() > until:
                break
            time.sleep(_LOOK)
        return None

    def stop(self) -> None:
        """End them all."""
        self._left.set()
        if self._all:
            self._watching.join()
        for worker in self._all:
            stop_child(worker.process, _GRACE)
            worker.errors.close()

    def _start(self, rank: int, words: Sequence[str]) -> _Worker:
        errors = tempfile.TemporaryFile()  # noqa: SIM115
        process = start_child(
            [sys.executable, "-m", "workbench", *words],
            environment={"RANK": str(rank), "LOCAL_RANK": str(rank), _STARTED_FOR: str(os.getpid())},
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        return _Worker(rank, process, errors)

    def _watch(self) -> None:
        """End this process too if another one failed and it does not notice: it may be waiting for it."""
        while not self._left.wait(_LOOK):
            failure = self.failure(0)
            if failure is not None and not self._left.wait(_GRACE):
                print(f"error: {failure}", file=sys.stderr, flush=True)
                os._exit(3)


@contextlib.contextmanager
def launch(devices: int, words: Sequence[str]) -> Iterator[Workers]:
    """Inside, ``devices`` processes on this machine run the same command, this one among them.

    They are started here unless torchrun has done so; those started here run ``python -m workbench`` with
    the same words. They end when this one does, whatever ends it; if one of them dies, this one ends too.

    Args:
        devices: number of processes.
        words: of the command, after the program's name.

    Raises:
        ValueError: torchrun has started another number of processes.
    """
    if devices == 1 or _in_group():
        require_processes(devices)
        yield Workers()
        return
    values = ("0", "0", str(devices), str(devices), "127.0.0.1", str(_free_port()))
    with _environment(dict(zip(_GROUP, values, strict=True))):
        workers = Workers(devices, words)
        try:
            yield workers
        finally:
            workers.stop()


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
