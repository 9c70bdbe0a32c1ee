"""``workbench train --devices``: the processes that the command starts, and those of torchrun."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from mopoe import MoPoE
from workbench.cli.app import main

pytestmark = pytest.mark.slow

# 101 samples are no multiple of the batch, and of no batch a multiple of two.
TRAINING = [
    *("train", "--dataset", "linear_gaussian", "--samples", "101", "--latent-dim", "2", "--private-dim", "1"),
    *("--epochs", "3", "--batch-size", "15", "--device", "cpu"),
]
LONG = [*TRAINING, "--epochs", "500", "--devices", "2"]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "workbench"]
COMMAND = [sys.executable, "-m", "workbench"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("alone")
    assert main([*TRAINING, "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize("command", [COMMAND, TORCHRUN], ids=["workbench", "torchrun"])
def test_two_processes_give_the_curve_of_one(alone: Path, tmp_path: Path, command: list[str]) -> None:
    done = subprocess.run(
        [*command, *TRAINING, "--devices", "2", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Least validation loss") == done.stdout.count("101 train") == 1
    assert done.stderr.count("epoch 3/3") == 1
    expected, got = (json.loads((folder / "history.json").read_text()) for folder in (alone, tmp_path))
    assert got["config"] == expected["config"] | {"devices": 2, "log_dir": str(tmp_path / "log")}
    assert got["best_epoch"] == expected["best_epoch"]
    assert got["history"].keys() == expected["history"].keys()
    for split, terms in expected["history"].items():
        assert got["history"][split].keys() == terms.keys()
        for term, values in terms.items():
            assert got["history"][split][term] == pytest.approx(values, rel=1e-5), f"{split}/{term}"
    weights = MoPoE.from_pretrained(alone / "model").state_dict()
    for name, weight in MoPoE.from_pretrained(tmp_path / "model").state_dict().items():
        torch.testing.assert_close(weight, weights[name], rtol=1e-3, atol=1e-4)
    assert [folder.name for folder in (tmp_path / "log").iterdir()] == ["version_0"]
    assert len((tmp_path / "log/version_0/metrics.csv").read_text().splitlines()) == 4


def test_a_diverging_training_ends_with_3_and_says_so_once(tmp_path: Path) -> None:
    options = ["--devices", "2", "--learning-rate", "1e30", "--out", str(tmp_path)]
    done = subprocess.run([*COMMAND, *TRAINING, *options], capture_output=True, text=True, timeout=300)
    assert done.returncode == 3
    (error,) = (line for line in done.stderr.splitlines() if "error" in line)
    assert error.startswith("error: training stopped at step 2 (epoch 1, training)")


@contextmanager
def trained_long(out: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The command at work in its second epoch or later, and the number of the process it has started."""
    with (out / "printed").open("wb") as printed:
        process = subprocess.Popen(
            [*COMMAND, *LONG, "--out", str(out)], stdout=printed, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + 120
        while b"epoch 1/" not in (out / "printed").read_bytes():
            assert process.poll() is None and time.monotonic() < until, (out / "printed").read_text()
            time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield process, int(children[0])
    finally:
        process.kill()
        process.wait()


def alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_ctrl_c_ends_all_processes_and_keeps_the_model(tmp_path: Path) -> None:
    with trained_long(tmp_path) as (process, other):
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert not alive(other)
    assert json.loads((tmp_path / "history.json").read_text())["interrupted"]
    assert MoPoE.from_pretrained(tmp_path / "model").latent_dim == 2


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_process_that_is_killed_ends_the_command_with_an_error(tmp_path: Path) -> None:
    with trained_long(tmp_path) as (process, other):
        os.kill(other, signal.SIGKILL)
        assert process.wait(60) == 3
    last = (tmp_path / "printed").read_text().splitlines()[-1]
    assert last == "error: process 2 of 2 ended with signal 9 (SIGKILL)"
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(("started", "asked"), [(3, 2), (2, 1)])
def test_another_number_of_processes_than_torchrun_started_is_refused(
    tmp_path: Path, capsys, monkeypatch, started: int, asked: int
) -> None:
    place = {"RANK": 0, "LOCAL_RANK": 0, "WORLD_SIZE": started, "LOCAL_WORLD_SIZE": started}
    for name, value in (place | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": 1}).items():
        monkeypatch.setenv(name, str(value))
    assert main([*TRAINING, "--devices", str(asked), "--out", str(tmp_path)]) == 2
    assert f"devices: expected {started}, as that many processes were started, got {asked}" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("devices", "words"), [("0", "devices: expected a whole number >= 1"), ("two", "--devices")]
)
def test_a_wrong_number_of_devices_is_refused(tmp_path: Path, capsys, devices: str, words: str) -> None:
    assert main([*TRAINING, "--devices", devices, "--out", str(tmp_path)]) == 2
    assert words in capsys.readouterr().err
