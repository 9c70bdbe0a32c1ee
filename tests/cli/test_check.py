"""``workbench check`` as a maintainer meets it: exit codes, baselines, refusals, and what survives a stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from workbench.cli.app import main

PARAMETERS = "level: float = 1.0  # what is measured\nn: int = 100  # examples\nseed: int = 0  # of the noise"
PROFILES = (
    "from workbench import profile_of\n"
    "profile = profile_of(globals(), full={'level': 1.0, 'n': 100}, fast={'n': 20})"
)
MEASURE = (
    "import numpy as np\nfrom workbench import record\n"
    "noise = np.random.default_rng(seed).normal(level, 0.1, n)\n"
    "record('level', float(noise.mean()), better='lower', margin=0.3, unit='nats', per_example=noise)\n"
    "record('n', n)\n"
)

Notebook = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a notebook in it, as the current one."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "measure", MEASURE)
    return tmp_path


def write(project: Path, name: str, *cells: str) -> Path:
    path = project / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    tagged = [("parameters", PARAMETERS), ("profiles", PROFILES)]
    made = [new_code_cell(text, metadata={"tags": [tag]}) for tag, text in tagged]
    nbformat.write(new_notebook(cells=[*made, *map(new_code_cell, cells)]), path)
    return path


def report(project: Path) -> dict[str, Any]:
    return json.loads((project / "runs" / "check" / "report.json").read_text())


def verdicts(project: Path) -> dict[str, str]:
    return {m["name"]: m["verdict"] for nb in report(project)["notebooks"] for m in nb["metrics"]}


@pytest.mark.notebook
def test_from_no_baseline_to_a_regression_and_back(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert verdicts(project) == {"level": "new", "n": "new"}
    assert report(project)["notebooks"][0]["parameters"] == {"level": 1.0, "n": 20, "seed": 0}

    assert main(["check", "--update-baselines", "--seeds", "2", "--reason", "the first"]) == 0
    folder = project / "notebooks" / "baselines"
    [kept] = (folder / "measure").glob("*.json")
    baseline = json.loads(kept.read_text())["profiles"]["fast"]
    assert baseline["reason"] == "the first"
    assert baseline["seeds"] == [0, 1]
    assert len(baseline["metrics"]["level"]["values"]) == 2
    assert "the first" in (folder / "LOG.md").read_text()
    assert "level is new" in (folder / "LOG.md").read_text()

    capsys.readouterr()
    assert main(["check"]) == 0
    assert "kept from before" in capsys.readouterr().out
    assert set(verdicts(project).values()) == {"same"}
    assert main(["check", "--seeds", "5..5"]) == 0  # other noise, and no change

    write(project, "measure", MEASURE.replace("normal(level,", "normal(level + 1,"))
    assert main(["check"]) == 1
    assert verdicts(project) == {"level": "worse", "n": "same"}
    [notebook] = report(project)["notebooks"]
    assert "the notebook's own file" in notebook["changed"]
    assert notebook["reproduce"].startswith("workbench check notebooks/measure.ipynb --profile fast")
    [worse] = [m for m in notebook["metrics"] if m["verdict"] == "worse"]
    assert worse["low"] == pytest.approx(1, abs=1e-6)  # the same noise: paired by example

    write(project, "measure", MEASURE.replace("record('n', n)", ""))
    assert main(["check"]) == 1
    assert verdicts(project) == {"n": "missing", "level": "same"}
    assert main(["check", "--update-baselines", "--reason", "x"]) == 1
    assert "--drop n" in capsys.readouterr().err
    assert json.loads(kept.read_text())["profiles"]["fast"] == baseline  # nothing was written
    assert main(["check", "--update-baselines", "--reason", "n told nothing", "--drop", "n"]) == 0
    assert "n is gone" in (folder / "LOG.md").read_text()
    assert main(["check", "--update-baselines", "--reason", "x", "--drop", "m"]) == 2
    assert "--drop m, but no metric of that name is missing" in capsys.readouterr().err
    assert main(["check"]) == 0


@pytest.mark.notebook
def test_noise_that_is_too_large_to_tell_is_neither_fine_nor_worse(project: Path) -> None:
    noisy = MEASURE.replace("normal(level, 0.1", "normal(level, 1")
    write(project, "measure", noisy)
    assert main(["check", "--update-baselines", "--reason", "x"]) == 0
    assert main(["check", "--seeds", "9..9"]) == 4
    assert verdicts(project)["level"] == "inconclusive"


@pytest.mark.notebook
def test_one_wild_seed_is_no_alarm(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wild = "from workbench import record\nrecord('cost', 9.0 if seed == 5 else 0.01 * seed, better='lower', margin=1)"
    write(project, "measure", wild)
    assert main(["check", "--update-baselines", "--seeds", "3", "--reason", "x"]) == 0
    assert main(["check", "--seeds", "5..5"]) == 0
    [cost] = report(project)["notebooks"][0]["metrics"]
    assert (cost["verdict"], cost["how"]) == ("same", "4 seeds against 3, a second look")
    assert "seed 9" in capsys.readouterr().out  # the runs of the second look are shown


@pytest.mark.notebook
def test_a_crash_is_told_and_the_others_are_still_judged(project: Path) -> None:
    write(project, "another", "x = 1\n1 / 0")
    assert main(["check"]) == 3
    assert [(nb["name"], nb["state"]) for nb in report(project)["notebooks"]] == [
        ("another", "crashed"),
        ("measure", "finished"),
    ]
    assert "cell 3 of 3, line 2" in report(project)["notebooks"][0]["failure"]
    assert main(["check", "--update-baselines", "--reason", "x"]) == 3
    assert not (project / "notebooks" / "baselines").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seeds", "none"], "expected a number such as 3, or a range such as 5..9, got 'none'"),
        (["--seeds", "0"], "holds no seed"),
        (["--profile", "quick"], "profile: expected one of fast, full, got 'quick'"),
        (["notebooks/none.ipynb"], "notebook not found"),
        (["--update-baselines"], "say why, with --reason"),
        (["--reason", "x"], "belong to --update-baselines"),
    ],
)
def test_bad_usage_is_refused_before_anything_runs(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["check", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not list(project.rglob("run.json"))


@pytest.mark.notebook
def test_baselines_of_a_dirty_tree_are_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *words], cwd=project, check=True, capture_output=True)

    git("init")
    (project / ".gitignore").write_text("runs/\n")
    assert main(["check", "--update-baselines", "--reason", "x"]) == 2
    assert "the tree has changes: .gitignore and 1 more" in capsys.readouterr().err
    git("add", "-A")
    git("commit", "-m", "all")
    assert main(["check", "--update-baselines", "--reason", "x"]) == 0
    assert (
        main(["check", "--update-baselines", "--reason", "once more"]) == 0
    )  # baselines themselves may differ


@pytest.mark.notebook
def test_ctrl_c_keeps_what_finished_and_the_same_command_goes_on(project: Path) -> None:
    wait = "import time\nfrom pathlib import Path\nwhile not Path('go').exists():\n    time.sleep(0.05)"
    write(project, "slow", wait, MEASURE)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "workbench", "check", "--jobs", "2"]
    process = subprocess.Popen(command, cwd=project, env=environment, stderr=subprocess.PIPE, text=True)
    store, attempts = project / "runs" / "check", project / "runs" / "check" / ".attempts"
    end = time.monotonic() + 90
    while not (list(store.glob("measure/*/run.json")) and _running_cell(attempts, 3)):
        assert time.monotonic() < end
        threading.Event().wait(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on" in said
    [stopped] = store.glob("slow/*.failed/run.json")
    assert json.loads(stopped.read_text())["state"] == "interrupted"

    (project / "notebooks" / "go").touch()
    before = [path.stat().st_mtime_ns for path in store.glob("measure/*/run.json")]
    assert main(["check"]) == 0
    assert [path.stat().st_mtime_ns for path in store.glob("measure/*/run.json")] == before
    assert {nb["name"]: nb["reused"] for nb in report(project)["notebooks"]} == {
        "measure": True,
        "slow": False,
    }


def _running_cell(attempts: Path, number: int) -> bool:
    for path in attempts.glob("*/run.json"):
        status = json.loads(path.read_text())
        if status["name"] == "slow" and status["cells"][number - 1]["state"] == "running":
            return True
    return False
