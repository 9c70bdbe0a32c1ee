"""What a run was made from and with: notebook, code, commit, versions, machine."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = ("mopoe-workbench", "torch", "numpy", "scipy", "scikit-learn", "papermill", "ipykernel")
_ROOT = Path(__file__).parents[2]


def provenance(notebook: Path) -> dict[str, Any]:
    """Everything but parameters that may change what a notebook records.

    Returns:
        ``notebook`` (SHA-256 of the file and of the Python files beside and below it), ``code`` (SHA-256 of all of
        mopoe and workbench), ``commit``, ``versions``,
        ``platform``, ``threads`` as the environment sets them.
    """
    return {
        "notebook": notebook_digest(notebook),
        "code": code_digest(),
        "commit": commit_of(_ROOT),
        "versions": versions(),
        "platform": platform_name(),
        "threads": os.environ.get("OMP_NUM_THREADS", ""),
    }


@cache
def versions() -> dict[str, str]:
    """Python's version and those of the packages that numbers depend on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def platform_name() -> str:
    """Such as ``"linux-x86_64"``: numbers agree to rounding only within one."""
    return f"{sys.platform}-{platform.machine().lower()}"


@cache
def code_digest() -> str:
    """SHA-256 over all Python files of mopoe and workbench, as this process found them."""
    sha = hashlib.sha256()
    for folder in ("mopoe", "workbench"):
        for path in _python_files(_ROOT / folder):
            sha.update(f"{path.relative_to(_ROOT).as_posix()}\0".encode())
            sha.update(path.read_bytes() + b"\0")
    return sha.hexdigest()


def notebook_digest(notebook: Path) -> str:
    """SHA-256 over a notebook and the Python files beside and below it, which it may import."""
    sha = hashlib.sha256(notebook.read_bytes())
    for path in _python_files(notebook.parent):
        sha.update(f"\0{path.relative_to(notebook.parent).as_posix()}\0".encode() + path.read_bytes())
    return sha.hexdigest()


def _python_files(folder: Path) -> list[Path]:
    # Editors leave links to nowhere beside a file that is being edited, such as .#model.py.
    return sorted(path for path in folder.rglob("*.py") if path.is_file())


def commit_of(folder: Path) -> dict[str, Any] | None:
    """The git commit that a folder is at, and whether anything differs from it; ``None`` outside git."""
    head, changed = _git(folder, "rev-parse", "HEAD"), changed_files(folder)
    return None if head is None or changed is None else {"sha": head.strip(), "dirty": bool(changed)}


def changed_files(folder: Path) -> list[str] | None:
    """Files that differ from the commit, new ones too, as git names them; ``None`` outside git."""
    listed = _git(folder, "status", "--porcelain", "--untracked-files=all")
    return None if listed is None else [line[3:] for line in listed.splitlines()]


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout
