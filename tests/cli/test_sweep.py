"""``workbench sweep`` on a cluster of its own: a table at the end, nothing run twice, Ctrl-C in order."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli.app import main
from workbench.sweeping import sweep as module

PARAMETERS = """seed: int = 0  # of chance
beta: float = 1.0  # weight of the divergence
kind: str = "a"  # of what"""
RECORD = "from workbench import record\nassert kind != 'bad', 'no bad kinds'\nrecord('double', 2 * beta, unit='nats')"


@pytest.fixture
def notebook(write_notebook) -> Path:
    return write_notebook(RECORD, parameters=PARAMETERS)


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


@pytest.mark.cluster
def test_a_sweep_keeps_what_it_can_tells_what_crashed_and_runs_nothing_twice(
    notebook, tmp_path, capsys, monkeypatch
) -> None:
    out = tmp_path / "out"
    assert main(["sweep", str(notebook), "-p", "kind=a,bad", "--out", str(out), "--workers", "2"]) == 3
    said = capsys.readouterr()
    assert "2 runs: kind (2). 0 of them are there already." in said.out
    assert "kind = bad: crashed. The notebook crashed in cell 2 of 2, line 2" in said.out
    assert "not all runs finished" in said.err and "the same command goes on" in said.err
    table = {row["kind"]: row for row in rows(out / "table.csv")}
    assert (table["a"]["state"], table["a"]["metric"], float(table["a"]["value"])) == (
        "finished",
        "double",
        2,
    )
    assert (table["bad"]["state"], table["bad"]["metric"]) == ("crashed", "")
    assert (out / table["a"]["run"] / "tiny.ipynb").is_file()
    assert (out / table["bad"]["run"] / "run.json").is_file()
    assert (out / "table.png").read_bytes().startswith(b"\x89PNG")

    monkeypatch.setattr(module, "cluster_for", None)  # calling it would fail
    place = tmp_path / "elsewhere" / "all.parquet"
    assert main(["sweep", str(notebook), "-p", "kind", "a", "--out", str(out), "--table", str(place)]) == 0
    assert "1 runs: kind (1). 1 of them are there already." in capsys.readouterr().out
    assert place.is_file() and place.with_suffix(".png").is_file()


BAD_USAGE = [
    (["nowhere.ipynb", "-p", "seed=1"], "notebook not found"),
    (["{notebook}"], "nothing to sweep"),
    (["{notebook}", "-p", "seeds=1"], "did you mean 'seed'?"),
    (["{notebook}", "-p", "seed=a"], "expected int, got 'a'"),
    (["{notebook}", "-p", "seed=1", "-p", "seed=2"], "given twice"),
    (["{notebook}", "-p", "seed=1", "--profile", "fast"], "declares no profiles"),
    (["{notebook}", "-p", "seed=1", "--table", "all.txt"], "ends with .csv or .parquet"),
    (["{notebook}", "-p", "seed=1", "--workers", "0"], "--workers"),
    (["{notebook}", "-p", "seed=1", "--workers", "1", "--scheduler", "tcp://127.0.0.1:1"], "has its own"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD_USAGE, ids=[words for _, words in BAD_USAGE])
def test_bad_usage_ends_with_2_and_starts_nothing(
    notebook, tmp_path, capsys, monkeypatch, arguments, words
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "cluster_for", None)
    assert main(["sweep", *(word.replace("{notebook}", str(notebook)) for word in arguments)]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_help_has_examples_and_it_and_bad_input_import_nothing_heavy(notebook) -> None:
    code = f"""
import sys
from workbench.cli.app import main
assert main(["sweep", "--help"]) == 0
assert main(["sweep", {str(notebook)!r}, "-p", "nope=1"]) == 2
print(sorted({{"distributed", "dask", "pyarrow", "numpy", "torch", "papermill"}} & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
    assert ran.stdout.count("workbench sweep") >= 3


@pytest.mark.cluster
def test_ctrl_c_stops_running_notebooks_keeps_finished_ones_and_says_how_to_go_on(
    write_notebook, tmp_path, ended, wait_until
) -> None:
    begun, out = tmp_path / "begun", tmp_path / "out"
    wait = f"""import os, time
from pathlib import Path
while seed:
    Path({str(begun)!r}).write_text(f"{{os.getpid()}} {{os.getppid()}}")
    time.sleep(0.05)"""
    notebook = write_notebook(wait, parameters=PARAMETERS)
    command = [sys.executable, "-m", "workbench", "sweep", str(notebook), "-p", "seed=0..3"]
    process = subprocess.Popen(
        [*command, "--out", str(out), "--workers", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_until(lambda: begun.exists() and len(begun.read_text().split()) == 2, "the second run has begun")
        pids = [int(word) for word in begun.read_text().split()]
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the command and all that it started
        said, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert "stopped" in errors and "the same command goes on" in errors
    assert "Traceback" not in errors
    assert "[1/4] seed = 0: finished" in said
    assert [row["state"] for row in rows(out / "table.csv")] == ["finished", *["not run"] * 3]
    assert all(ended(pid) for pid in pids)
    [failed] = (out / "tiny").glob("*.failed")
    assert '"state": "interrupted"' in (failed / "run.json").read_text()
    assert list((out / ".attempts").iterdir()) == []
