from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from workbench import record, recording


@pytest.fixture(autouse=True)
def nothing_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_recorded", {})


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(recording.RUN_FOLDER_VARIABLE, str(tmp_path))
    return tmp_path / "metrics.json"


def test_in_a_run_each_number_is_in_the_file_at_once(run: Path) -> None:
    record("coherence", np.float32(0.5), standard_error=0.01, n=1000)
    assert json.loads(run.read_text()) == {"coherence": {"value": 0.5, "standard_error": 0.01, "n": 1000}}
    record("nll", 12, unit="nats")
    assert json.loads(run.read_text())["nll"] == {"value": 12.0, "unit": "nats"}
    assert [path.name for path in run.parent.iterdir()] == ["metrics.json"]


def test_outside_a_run_it_shows_the_number_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    record("coherence", 0.93, standard_error=0.0123, n=1000)
    record("nll", 12.5, unit="nats")
    assert capsys.readouterr().out == "coherence = 0.93 ± 0.012  (n = 1000)\nnll = 12.5 nats\n"
    assert list(tmp_path.iterdir()) == []


def test_outside_a_run_a_cell_may_be_run_again() -> None:
    record("a", 1)
    record("a", 2)
    assert recording._recorded["a"] == {"value": 2.0}


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"value": math.nan}, ValueError, "finite value, got nan"),
        ({"value": math.inf}, ValueError, "finite value, got inf"),
        ({"value": "0.5"}, TypeError, "value as a number, got str"),
        ({"value": True}, TypeError, "value as a number, got bool"),
        ({"value": torch.tensor(1.0)}, TypeError, r"got Tensor; pass its .item\(\)"),
        ({"value": np.ones(2)}, TypeError, r"got ndarray; pass its .item\(\)"),
        ({"value": 1, "standard_error": -0.1}, ValueError, "standard_error must not be negative"),
        ({"value": 1, "standard_error": math.nan}, ValueError, "finite standard_error"),
        ({"value": 1, "n": 0}, ValueError, "n must be at least 1, got 0"),
        ({"value": 1, "n": 2.5}, TypeError, "expected n as int, got float"),
        ({"value": 1, "unit": 3}, TypeError, "unit as text"),
        ({"name": "", "value": 1}, ValueError, "expected a name"),
        ({"name": 3, "value": 1}, TypeError, "name and unit as text"),
    ],
)
def test_bad_numbers_are_refused_and_not_written(
    run: Path, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        record(**({"name": "a"} | arguments))
    assert not run.exists()


def test_one_name_twice_in_a_run_is_refused_and_the_first_number_stays(run: Path) -> None:
    record("a", 1)
    with pytest.raises(ValueError, match="'a' was recorded before"):
        record("a", 2)
    assert json.loads(run.read_text()) == {"a": {"value": 1.0}}
