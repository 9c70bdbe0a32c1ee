"""The Makefile without an installation: what it would do, and what it says where it cannot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # `make test` hands its own variables down.
    given = ("MAKE", "PYTHON", "ARGS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(given)}
    return subprocess.run(["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True)


def write_python(path: Path, version: str, fits: bool) -> str:
    """A stand-in that tells a version and makes an empty environment."""
    path.write_text(
        f"""#!/bin/sh
case "$1$2" in
  --version) echo "Python {version}" ;;
  -mvenv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  -mpip) shift 2; echo "pip $*" >> "$PWD/called" ;;
  -m*) echo "$*" >> "$PWD/called" ;;
  -c*version_info*3,*) exit {0 if fits else 1} ;;
  -c*) echo "{version.rpartition(".")[0]}" ;;
esac
"""
    )
    path.chmod(0o755)
    return str(path)


def test_an_old_python_is_refused_with_what_to_do(clone: Path) -> None:
    ran = make(clone, "run", f"PYTHON={write_python(clone / 'old', '3.9.2', fits=False)}")
    assert ran.returncode != 0
    assert "needs Python 3.11 or newer" in ran.stderr
    assert "Python 3.9.2" in ran.stderr
    assert "make run PYTHON=python3.12" in ran.stderr
    assert not (clone / ".venv").exists()


def test_a_python_that_is_not_there_is_refused_likewise(clone: Path) -> None:
    ran = make(clone, "run", "PYTHON=python3.99")
    assert ran.returncode != 0
    assert "needs Python 3.11 or newer" in ran.stderr


def test_torch_goes_first_and_alone_then_all_else_and_each_once(clone: Path) -> None:
    python = write_python(clone / "new", "3.12.1", fits=True)
    assert make(clone, "run", f"PYTHON={python}").returncode == 0
    assert make(clone, "run").returncode == 0
    called = (clone / "called").read_text().splitlines()
    installs = [line for line in called if line.startswith("pip")]
    [torch] = [
        pin for pin in (ROOT / "constraints.txt").read_text().splitlines() if pin.startswith("torch==")
    ]
    assert [line.rpartition("constraints.txt ")[2] for line in installs] == [
        torch,
        "-e .[workbench,diagnostics]",
    ]
    assert all("-c constraints.txt" in line for line in installs)
    runs = [line for line in called if "workbench run" in line]
    assert runs == ["-m workbench run notebooks/00_start_here.ipynb --out runs/start_here --open"] * 2


def test_changed_pins_bring_the_environment_up_to_date(clone: Path) -> None:
    python = write_python(clone / "new", "3.12.1", fits=True)
    make(clone, "test", f"PYTHON={python}")
    (clone / "called").unlink()
    later = (clone / ".venv/.ready-test").stat().st_mtime + 10
    os.utime(clone / "pyproject.toml", (later, later))
    make(clone, "test")
    called = (clone / "called").read_text().splitlines()
    installs = [line.rpartition("constraints.txt ")[2] for line in called[:-1]]
    extras = ["", *(f",tensorboard,{extra}" for extra in ("test", "book", "sweep"))]
    assert installs == [f"-e .[workbench,diagnostics{extra}]" for extra in extras]
    assert called[-1].startswith("-m pytest")


def test_another_python_than_that_of_the_environment_is_told(clone: Path) -> None:
    make(clone, "run", f"PYTHON={write_python(clone / 'new', '3.12.1', fits=True)}")
    other = write_python(clone / "other", "3.13.0", fits=True)
    ran = make(clone, "run", f"PYTHON={other}")
    assert ran.returncode != 0
    assert "was made with Python 3.12" in ran.stderr
    assert make(clone, "clean", f"PYTHON={other}").returncode == 0


def test_help_is_the_default_and_names_every_target(clone: Path) -> None:
    ran = make(clone)
    assert ran.returncode == 0
    for target in ("run", "lab", "test", "quick", "lint", "book", "bench", "peer", "clean"):
        assert f"make {target} " in ran.stdout


def collected(mark: str) -> set[str]:
    """Names of the tests that ``pytest -m mark`` selects in the folders of what is slow to start."""
    folders = [f"tests/{name}" for name in ("browser", "notebooks", "sweeping")]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-m", mark]
    ran = subprocess.run([*command, *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(re.findall(r"^tests/.*::.*$", ran.stdout, re.MULTILINE))


@pytest.mark.slow
def test_quick_selects_no_browser_no_notebook_and_no_cluster(clone: Path) -> None:
    make(clone, "quick", f"PYTHON={write_python(clone / 'new', '3.12.1', fits=True)}")
    [mark] = re.findall(r"-m pytest -m (.*?) -n ", (clone / "called").read_text().splitlines()[-1])
    quick = collected(mark)
    assert quick and not [name for name in quick if name.startswith("tests/browser/")]
    for heavy in ("browser", "notebook", "cluster", "slow"):
        assert heavy in mark
    started = collected("browser or notebook or cluster")
    assert started and not started & quick


def test_an_unmarked_test_cannot_start_a_kernel() -> None:
    with pytest.raises(AssertionError, match="mark this test with one of"):
        subprocess.Popen([sys.executable, "-m", "ipykernel_launcher"])


def test_all_tests_are_shared_out_over_processes_and_named_ones_are_not(clone: Path) -> None:
    python = write_python(clone / "new", "3.12.1", fits=True)
    for given in ([], ["ARGS=-k name"]):
        make(clone, "test", f"PYTHON={python}", *given)
    runs = [line for line in (clone / "called").read_text().splitlines() if line.startswith("-m pytest")]
    assert "-n logical" in runs[0]
    assert runs[1] == "-m pytest -k name"


def test_ci_is_a_script_that_may_be_executed_and_stops_at_errors() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text()
    assert subprocess.run(["bash", "-n", script], check=True).returncode == 0
