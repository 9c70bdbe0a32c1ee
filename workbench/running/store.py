"""A folder of runs, each under the key of what it was made from: what was run once need not run again."""

from __future__ import annotations

import json
import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.notebook import DATA_FILE, EXAMPLES_FILE, METRICS_FILE

from .job import Job
from .notebook_process import LOG_FILE, run_in_process
from .status import CRASHED, FINISHED, KILLED, RESERVE_FILE, is_locked, locked, read_status, write_status

#: Folder of a store in which runs are made, aside from those that are done.
ATTEMPTS = ".attempts"
_WANTED = ".wanted"


@dataclass(frozen=True)
class StoredRun:
    """A run as its folder tells it.

    Args:
        folder: where everything is.
        status: what ``run.json`` says, true also if the run was killed.
        metrics: name → what was recorded.
        data: name → digest of the data that the numbers are about.
        reused: it was there already.
    """

    folder: Path
    status: dict[str, Any]
    metrics: dict[str, dict[str, Any]]
    data: dict[str, str]
    reused: bool = False

    @property
    def finished(self) -> bool:
        """Whether every cell ran."""
        return bool(self.status["state"] == FINISHED)

    @property
    def executed(self) -> Path:
        """The executed notebook; it may be missing if the run was killed."""
        return self.folder / f"{self.status['name']}.ipynb"

    @property
    def examples(self) -> Path:
        """Values by example; the file is missing if the notebook recorded none."""
        return self.folder / EXAMPLES_FILE


def read_run(folder: Path, *, reused: bool = False) -> StoredRun | None:
    """The run in ``folder``; ``None`` if there is none."""
    status = read_status(folder)
    if status is None:
        return None
    return StoredRun(folder, status, _json(folder / METRICS_FILE), _json(folder / DATA_FILE), reused)


class Store:
    """Runs below one folder.

    ``root/NOTEBOOK/KEY`` holds a finished run, ``root/NOTEBOOK/KEY.failed`` the last that did not finish.

    Several processes, on several machines with a common file system, may use one store: attempts are made
    aside and take their place in one step, and the first to finish wins.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).resolve()

    def folder(self, job: Job) -> Path:
        """Where the finished run of a job is, or would be."""
        return self.root / job.notebook.stem / job.key

    def find(self, job: Job) -> StoredRun | None:
        """The finished run of a job, if there is one."""
        return read_run(self.folder(job), reused=True)

    def run(
        self,
        job: Job,
        *,
        fresh: bool = False,
        cell_timeout: int | None = None,
        threads: int | None = None,
        stop: threading.Event | None = None,
    ) -> StoredRun:
        """The finished run of a job, or a new attempt at it in a process of its own.

        Args:
            job: what to run.
            fresh: run it even if it is there; the new run takes the old one's place.
            cell_timeout: seconds a cell may take.
            threads: of torch.
            stop: when set by another thread, the run is stopped in order.

        Returns:
            The run; look at ``finished``.

        Raises:
            KeyboardInterrupt: it was stopped; its folder says so.
        """
        found = None if fresh else self.find(job)
        if found:
            return found
        code: int | None = None
        with self._attempt(job) as attempt:
            try:
                code = run_in_process(
                    job.notebook, attempt, job.given, cell_timeout=cell_timeout, threads=threads, stop=stop
                )
            finally:
                run = self._settle(job, attempt, code, fresh)
        return run

    def remove_dead_attempts(self, job: Job) -> None:
        """Remove what is left of attempts at a job whose processes were killed."""
        for old in (self.root / ATTEMPTS).glob(f"{job.key}-*"):
            if not (is_locked(old, _WANTED) or is_locked(old)):
                shutil.rmtree(old, ignore_errors=True)

    @contextmanager
    def _attempt(self, job: Job) -> Iterator[Path]:
        """A new folder, held while somebody wants the run: nobody takes it for a dead one."""
        self.remove_dead_attempts(job)
        name = uuid.uuid4().hex[:8]
        made = self.root / ATTEMPTS / f"new-{name}"
        made.mkdir(parents=True)
        with locked(made, _WANTED):
            yield made.rename(made.with_name(f"{job.key}-{name}"))

    def _settle(self, job: Job, attempt: Path, code: int | None, fresh: bool) -> StoredRun:
        """Put an attempt where it belongs."""
        run = _trusted(job, read_run(attempt) or _died_before_it_began(job, attempt, code))
        (attempt / RESERVE_FILE).unlink(missing_ok=True)  # of a run that was killed
        place = self.folder(job)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not run.finished:
            place = place.with_name(f"{place.name}.failed")
        if _put(attempt, place, in_place_of_another=fresh or not run.finished):
            return replace(run, folder=place)
        return read_run(place, reused=True) or run


def _put(attempt: Path, place: Path, in_place_of_another: bool) -> bool:
    """Move an attempt to its place in one step; ``False`` if another process was faster and may stay."""
    while True:
        try:
            attempt.replace(place)
            return True
        except OSError:
            if not place.is_dir():
                raise
        if not in_place_of_another:
            shutil.rmtree(attempt, ignore_errors=True)
            return False
        # Aside in one step: a kill while it is removed leaves no half of it under its key.
        old = attempt.with_name(f"{attempt.name}-old")
        with suppress(FileNotFoundError):  # another process was faster
            place.replace(old)
        shutil.rmtree(old, ignore_errors=True)


def _trusted(job: Job, run: StoredRun) -> StoredRun:
    """The run, called crashed, also in its file, if what it was made from changed between plan and run."""
    changed = [
        what for what in ("notebook", "code") if run.status["provenance"][what] != job.provenance[what]
    ]
    if not changed or not run.finished:
        return run
    failure = f"the {changed[0]} changed between the start of the command and that of this run"
    status = {**run.status, "state": CRASHED, "failure": failure}
    write_status(run.folder, status)
    return replace(run, status=status)


def _died_before_it_began(job: Job, attempt: Path, code: int | None) -> StoredRun:
    log = attempt / LOG_FILE
    said = log.read_text(encoding="utf-8", errors="replace").strip() if log.is_file() else ""
    last = said.splitlines()[-1] if said else "it said nothing"
    state = KILLED if code is None or code < 0 else CRASHED
    failure = f"the process that should run the notebook ended with {code} before it began: {last}"
    facts = {"name": job.notebook.stem, "parameters": job.parameters, "given": job.given}
    status = {"state": state, "failure": failure, "seconds": 0.0, "cells": [], **facts}
    return StoredRun(attempt, status | {"provenance": job.provenance}, {}, {})


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
