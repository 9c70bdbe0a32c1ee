"""``workbench doctor``: what is there, what lacks, and what to do about it."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from .exits import Exit

if TYPE_CHECKING:
    from workbench.datasets.files.published import PublishedFiles

_PYTHON = (3, 11)
_SHOWN = ("torch", "safetensors", "lightning-fabric", "jupyterlab", "plotly", "pytest")


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Args:
        what: its name.
        state: what was found, in words.
        remedy: what to do; empty if nothing lacks.
        needed: whether the workbench cannot run without it.
    """

    what: str
    state: str
    remedy: str = ""
    needed: bool = False

    @property
    def mark(self) -> str:
        """For a reader who runs an eye down the margin."""
        return "ok" if not self.remedy else ("LACKS" if self.needed else "none")


def doctor() -> None:
    """Say what this installation has, what it lacks, and what to do about each lack.

    It ends with 0 if everything needed is there, whatever optional things lack, and with 2 otherwise.

    Examples:

    \b
    workbench doctor
    workbench doctor > report.txt
    """
    findings = list(examine())
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        typer.echo(f"{finding.mark:<6}{finding.what:<{width}}  {finding.state}")
        if finding.remedy:
            typer.echo(f"{'':<{width + 8}}-> {finding.remedy}")
    if any(finding.needed and finding.remedy for finding in findings):
        raise typer.Exit(Exit.BAD_USAGE)


def examine() -> Iterator[Finding]:
    """Look at everything, the slow parts last."""
    yield _python()
    yield from _packages()
    yield from _data()
    yield _browser()
    yield _writable(Path.cwd(), "this folder", "runs go into ./runs: work elsewhere, or give --out")
    yield _writable(_home(), "home folder", "set HOME to a folder of yours: Jupyter keeps its settings there")
    yield from _devices()


def _python() -> Finding:
    needed = ".".join(map(str, _PYTHON))
    remedy = "" if sys.version_info >= _PYTHON else f"install Python {needed} or newer"
    state = f"{platform.python_version()} on {platform.platform(terse=True)}"
    return Finding("Python", state, remedy, needed=True)


def _packages() -> Iterator[Finding]:
    """The packages that pyproject.toml names, by the extra that needs them."""
    try:
        requirements = requires("mopoe-workbench") or []
    except PackageNotFoundError:
        yield Finding("mopoe-workbench", "not installed", "pip install -e .[workbench]", needed=True)
        return
    yield Finding("mopoe-workbench", version("mopoe-workbench"))
    for extra in ("", "workbench", "test", "bench", "diagnostics", "tensorboard", "fid", "sweep", "book"):
        names = [_name(requirement) for requirement in requirements if _extra(requirement) == extra]
        lacking = [name for name in names if not _version(name)]
        shown = [f"{name} {_version(name)}" for name in names if name in _SHOWN and name not in lacking]
        state = ", ".join([f"{len(names) - len(lacking)} of {len(names)}", *shown])
        target = f".[{extra}]" if extra else "."
        remedy = (
            f"pip install -c constraints.txt -e {target}  (lacking: {', '.join(lacking)})" if lacking else ""
        )
        what = f"packages [{extra}]" if extra else "packages"
        yield Finding(what, state, remedy, needed=extra in ("", "workbench"))


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0]


def _extra(requirement: str) -> str:
    found = re.search(r"extra == [\"'](.+?)[\"']", requirement)
    return found[1] if found else ""


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _data() -> Iterator[Finding]:
    embedded = all(find_spec(module) for module in ("sklearn", "skimage"))
    remedy = "" if embedded else "pip install scikit-learn scikit-image"
    state = "embedded in packages" if embedded else "not found"
    yield Finding("data: polydigits", state, remedy, needed=True)
    if not embedded or not find_spec("torch"):
        return
    from workbench.datasets import DATASETS

    users: dict[PublishedFiles, list[str]] = {}
    for name, source in DATASETS.items():
        if source.needs:
            users.setdefault(source.needs, []).append(name)
    for files, names in users.items():
        yield _published(files, names)


def _published(files: PublishedFiles, users: Sequence[str]) -> Finding:
    """Files in the folder of the user's choice, or else those of an earlier download."""
    from workbench.datasets.files.published import DATA_DIR_VARIABLE, given_folder

    what, only = f"data: {files.name}", f"only {', '.join(users)} needs it"
    downloaded = files.downloaded() if find_spec("pooch") else None
    remedy = f"{only}; {files.remedy}"
    if files.cache:
        copy = (
            f"is used: a downloaded copy lies in {downloaded}" if downloaded else "is downloaded when needed"
        )
        remedy = f"or unset {DATA_DIR_VARIABLE}, and {files.name} {copy}"
    try:
        folder = given_folder(None, files)
    except FileNotFoundError as error:
        return Finding(what, str(error), f"make that folder and put {files.name} there; {remedy}")
    if folder is None and downloaded:
        return Finding(what, f"downloaded to {downloaded}")
    if folder is None:
        how = "it is downloaded then, or " if files.cache else ""
        return Finding(what, "no folder given", f"{only}: {how}name a folder in {DATA_DIR_VARIABLE}")
    missing = files.missing(folder)
    if not missing:
        return Finding(what, f"found in {folder}")
    state = f"{len(missing)} of its {len(files.files)} files not found in {folder}"
    endings = "".join(f" or {ending}" for ending in files.endings if ending)
    return Finding(what, state, f"put {', '.join(missing)} there{endings and ', plain' + endings}; {remedy}")


def _browser() -> Finding:
    from workbench.pages.browser import BROWSER_VARIABLE, find_browser

    remedy = f"only the browser tests need it: apt-get install chromium, or name yours in {BROWSER_VARIABLE}"
    found = find_browser()
    return Finding("browser for tests", found or "no Chromium found", "" if found else remedy)


def _writable(folder: Path, what: str, remedy: str) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Finding(what, f"{folder} can be written to")
    except OSError as error:
        return Finding(what, f"{folder} cannot be written to: {error.strerror}", remedy)


def _home() -> Path:
    return Path(os.environ.get("HOME") or tempfile.gettempdir())


def _devices() -> Iterator[Finding]:
    if not find_spec("torch"):
        return
    import torch

    threads = f"{torch.get_num_threads()} threads of {os.cpu_count()} cores"
    yield Finding("processor", threads)
    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        yield Finding("GPU", ", ".join(names))
        return
    build = f"torch {torch.__version__}"
    hint = "all runs on the CPU; for NVIDIA cards install a CUDA build of torch and its driver"
    yield Finding("GPU", f"none that {build} can use", hint)
