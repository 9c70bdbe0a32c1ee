"""Notebooks run with the parameters of a profile; a run is kept until anything that it depends on changes."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from workbench.pages.explorer_pages import PAGES_VARIABLE
from workbench.reading.source import read_source, tags_of
from workbench.running.job import Job, make_job
from workbench.running.store import Store, StoredRun

#: Beside Python files of the packages, what an executed notebook and its explorers' pages are made of.
_PARTS = ("docs/maths.md", "workbench/widgets/static/*")


class NotebookCrashError(Exception):
    """A notebook stopped; the message says where and why."""


def run_for_book(root: Path, notebook: str, profile: str, folder: Path) -> StoredRun:
    """Run a notebook with a profile's parameters, unless an earlier run still holds.

    Args:
        root: the repository.
        notebook: path in it.
        profile: ``"fast"`` or ``"full"``; a notebook that declares no profiles runs with its defaults.
        folder: where runs are kept.

    Raises:
        NotebookCrashError: a cell failed.
        ValueError: the notebook's profiles are wrong.
    """
    cells = read_source(root / notebook)["cells"]
    declared = any("profiles" in tags_of(cell) for cell in cells)
    job = make_job(root / notebook, {}, profile if declared else None)
    with _asking_for_explorers():
        run = Store(folder).run(_with_parts(job, root))
    if not run.finished:
        raise NotebookCrashError(f"{notebook}\n{run.status['failure']}")
    return run


def remove_earlier_runs(runs: Collection[StoredRun]) -> None:
    """Remove earlier runs of the same notebooks; those of notebooks left out by ``--only`` may take hours."""
    held = {run.folder for run in runs}
    for notebook in {run.folder.parent for run in runs}:
        for old in notebook.iterdir():
            if old.is_dir() and old not in held:
                shutil.rmtree(old)


def _with_parts(job: Job, root: Path) -> Job:
    """The job with everything in its key that a page is made of."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _PARTS for path in root.glob(pattern)):
        digest.update(f"\0{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    versions = job.provenance["versions"] | {"parts of pages": digest.hexdigest()}
    return replace(job, provenance=job.provenance | {"versions": versions})


@contextmanager
def _asking_for_explorers() -> Iterator[None]:
    """Kernels that start meanwhile write a page of each explorer that they show."""
    before = os.environ.get(PAGES_VARIABLE)
    os.environ[PAGES_VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[PAGES_VARIABLE]
        else:
            os.environ[PAGES_VARIABLE] = before
