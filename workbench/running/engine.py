"""Papermill's engine for the workbench: our kernel, live progress, no widget state, no death unseen."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines

from ..reading.failure import INTERRUPTION, KERNEL_DIED, TIME_OUT
from ..reading.source import headings, own_cells
from ..reading.widgets import drop_widgets
from .progress import RunProgress
from .status import INTERRUPTED, RunStatus

NAME = "workbench"
_LONGEST_SOCKET_FOLDER = 80  # bytes; the system allows about 100 for a socket with its name

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())  # what goes wrong is in the run's result, once


class WorkbenchEngine(Engine):
    """Runs a notebook in a kernel of this very interpreter."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        progress: RunProgress,
        status: RunStatus,
        environment: dict[str, str],
        folder: str,
        cell_timeout: int | None = None,
        start_timeout: int = 60,
        **unused: Any,
    ) -> None:
        """Execute all cells.

        Args:
            nb_man: papermill's state of this run, with the notebook.
            kernel_name: ignored: whatever kernel of this name is installed may belong to another Python.
            progress: receives each cell and what it prints.
            status: keeps what became of each cell.
            environment: all of the kernel's environment variables, set for this kernel alone.
            folder: where the kernel works.
            cell_timeout: how long a cell may take, in seconds; ``None`` for as long as it likes.
            start_timeout: how long a kernel may take to start, in seconds.
            unused: papermill's other options.
        """
        with tempfile.TemporaryDirectory(prefix="wb-", ignore_cleanup_errors=True) as sockets:
            client = _Client(
                nb_man,
                km=_kernel_of_this_python(Path(sockets)),
                progress=progress,
                status=status,
                stdout_file=_Listener(progress),
                stderr_file=_Listener(progress),
                timeout=cell_timeout,
                startup_timeout=start_timeout,
                extra_arguments=["--log-level=CRITICAL"],  # its warnings would go to our terminal
                coalesce_streams=True,  # a progress bar leaves its last line only
                log=_log,
            )
            client.owns_km = True  # so that it ends the kernel
            try:
                client.execute(env=environment, cwd=folder)
            finally:
                drop_widgets(nb_man.nb)


class _Client(PapermillNotebookClient):
    def __init__(
        self, nb_man: NotebookExecutionManager, *, progress: RunProgress, status: RunStatus, **options: Any
    ) -> None:
        super().__init__(nb_man, **options)
        self._progress, self._status = progress, status
        self._headings = dict(headings(self.nb))
        self._own = [cell.id for cell in own_cells(self.nb)]

    def execute_cell(self, cell: NotebookNode, cell_index: int, *args: Any, **options: Any) -> NotebookNode:
        number = self._own.index(cell.id) + 1 if cell.id in self._own else None
        if number:
            heading = next((self._headings[i] for i in range(cell_index, -1, -1) if i in self._headings), "")
            self._progress.cell(number, len(self._own), heading)
            self._status.start_cell(number)
        start, state = time.monotonic(), "failed"
        try:
            result = super().execute_cell(cell, cell_index, *args, **options)
            state = "completed"
            return result
        except CellExecutionError:
            raise
        except BaseException as error:
            # Papermill would leave this cell, and all that never ran, marked as completed.
            state = INTERRUPTED if isinstance(error, KeyboardInterrupt) else state
            name, words = _in_words(error)
            cell.outputs.append(new_output("error", ename=name, evalue=words, traceback=[f"{name}: {words}"]))
            self.nb_man.cell_exception(cell, cell_index=cell_index)
            raise
        finally:
            if number:
                self._status.end_cell(number, state, time.monotonic() - start)

    def process_message(self, msg: dict[str, Any], *args: Any, **options: Any) -> NotebookNode | None:
        if msg["msg_type"] == "update_display_data":  # a line that is updated in place, such as training's
            self._progress.text(msg["content"]["data"].get("text/plain", "") + "\n")
        return super().process_message(msg, *args, **options)

    def set_widgets_metadata(self) -> None:
        # It holds whole JavaScript libraries. nbclient's own switch for this breaks Output widgets.
        return


class _Listener:
    def __init__(self, progress: RunProgress) -> None:
        self._progress = progress

    def write(self, text: str) -> None:
        self._progress.text(text)

    def flush(self) -> None:
        return


def _kernel_of_this_python(sockets: Path) -> AsyncKernelManager:
    # With no folders to look in, "python3" is what ipykernel makes for sys.executable.
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    # Ports are found free first and taken later: of many kernels that start at once, two may find the same, and
    # one then waits for ever. Files of our own cannot be taken by another, nor read by another user.
    if os.name == "posix" and len(os.fsencode(sockets)) <= _LONGEST_SOCKET_FOLDER:
        manager.connection_file = str(sockets / "kernel.json")
        manager.transport = "ipc"
    return manager


def _in_words(error: BaseException) -> tuple[str, str]:
    if isinstance(error, DeadKernelError):
        return KERNEL_DIED, "the kernel was killed while this cell ran; often the memory was not enough"
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTION, "the run was stopped while this cell ran"
    if isinstance(error, CellTimeoutError):
        return TIME_OUT, "the cell took longer than it may, and was stopped"
    return type(error).__name__, str(error)


papermill_engines.register(NAME, WorkbenchEngine)
