from __future__ import annotations

import json
import math
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mopoe import PerSample, Summary
from workbench import notebook as recording
from workbench import record, record_data
from workbench.datasets import LinearGaussian, MultimodalDataset
from workbench.datasets.linear_gaussian.model import linear_gaussian_model


@pytest.fixture(autouse=True)
def nothing_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    for kept in ("_recorded", "_examples"):
        monkeypatch.setattr(sys.modules["workbench.notebook.record"], kept, {})
    monkeypatch.setattr(sys.modules["workbench.notebook.data"], "_digests", {})


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(recording.RUN_FOLDER_VARIABLE, str(tmp_path))
    return tmp_path / "metrics.json"


def test_in_a_run_each_number_is_in_the_file_at_once(run: Path) -> None:
    record("coherence", np.float32(0.5), standard_error=0.01, n=1000)
    assert json.loads(run.read_text()) == {
        "coherence": {"value": 0.5, "standard_error": 0.01, "n": 1000, "compared": "not"}
    }
    record("nll", 12, unit="nats")
    assert json.loads(run.read_text())["nll"] == {"value": 12.0, "unit": "nats", "compared": "exactly"}
    assert [path.name for path in run.parent.iterdir()] == ["metrics.json"]


def test_outside_a_run_it_shows_the_number_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    record("coherence", 0.93, standard_error=0.0123, n=1000)
    record("nll", 12.5, unit="nats")
    assert capsys.readouterr().out == "coherence = 0.93 ± 0.012  (n = 1000)\nnll = 12.5 nats\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file", "allow_pickle", "a/b", "../up", "x.npy", "é ü"])
def test_examples_are_kept_under_any_name(run: Path, name: str) -> None:
    record(name, 2.0, per_example=[1.0, 3.0])
    with np.load(run.parent / recording.EXAMPLES_FILE, allow_pickle=False) as kept:
        assert {key: list(kept[key]) for key in kept.files} == {name: [1.0, 3.0]}


def test_outside_a_run_a_cell_may_be_run_again() -> None:
    record("a", 1)
    record("a", 2)
    assert sys.modules["workbench.notebook.record"]._recorded["a"]["value"] == 2.0


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
        ({"value": 1, "margin": -1}, ValueError, "margin must not be negative, got -1"),
        ({"value": 1, "margin": math.nan}, ValueError, "finite margin, got nan"),
        ({"value": 1, "margin": "1%"}, TypeError, "margin as a number, got str"),
        ({"value": 1, "better": "less"}, ValueError, "expected better='lower', 'higher' or None, got 'less'"),
        ({"value": 1, "per_example": [1]}, ValueError, r"per_example as \(n,\), n ≥ 2, got \(1,\)"),
        ({"value": 1, "per_example": [[1, 1], [1, 1]]}, ValueError, r"got \(2, 2\)"),
        ({"value": 1, "per_example": [1, math.nan]}, ValueError, "per_example has 1 not finite"),
        ({"value": 1, "per_example": [1, 2]}, ValueError, "1.0 is not the mean of per_example, 1.5"),
        ({"value": 1, "n": 3, "per_example": [1, 1]}, ValueError, "n is 3, but per_example has 2 values"),
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
    assert json.loads(run.read_text())["a"]["value"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "compared"),
    [
        ({}, "exactly"),
        ({"margin": 0.5}, "within"),
        ({"margin": 0.5, "standard_error": 0.1}, "within"),
        ({"standard_error": 0.1}, "not"),
        ({"margin": math.inf}, "not"),
    ],
)
def test_what_is_known_of_a_number_says_how_it_is_compared(
    run: Path, arguments: dict[str, Any], compared: str
) -> None:
    record("a", 1, better="lower", **arguments)
    entry = json.loads(run.read_text())["a"]
    assert entry["compared"] == compared
    assert entry["better"] == "lower"
    assert entry.get("margin") == (0.5 if compared == "within" else None)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_examples_give_their_number_and_error_and_are_kept(values: list[float]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv(recording.RUN_FOLDER_VARIABLE, folder)
        patch.setattr(sys.modules["workbench.notebook.record"], "_recorded", {})
        record("a", statistics.fmean(values), per_example=torch.tensor(values, dtype=torch.float64))
        entry = json.loads((Path(folder) / "metrics.json").read_text())["a"]
        with np.load(Path(folder) / "examples.npz", allow_pickle=False) as kept:
            assert kept["a"].tolist() == values
    assert entry["n"] == len(values)
    # `statistics` is exact, floating point is not: it rounds, and the square of a tiny number is zero.
    rounding = max(4 * sys.float_info.epsilon * max(map(abs, values)), 1e-150)
    expected = statistics.stdev(values) / len(values) ** 0.5
    assert entry["standard_error"] == pytest.approx(expected, abs=rounding)


DOUBT = "not to be believed: 3 of 50 samples have k̂ > 0.7"


def test_a_summary_brings_its_error_number_unit_and_diagnosis(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record("nll", Summary(12.5, 0.25, 0.1, 50, diagnosis=DOUBT), better="lower", margin=1.0)
    record("share", Summary(0.5, 0.01, n=8, unit=""))
    record("one", Summary.mean_of(torch.tensor([3.0])))
    assert json.loads(run.read_text()) == {
        "nll": {
            "value": 12.5,
            "standard_error": 0.25,
            "n": 50,
            "unit": "nats",
            "diagnosis": DOUBT,
            "better": "lower",
            "compared": "within",
            "margin": 1.0,
        },
        "share": {"value": 0.5, "standard_error": 0.01, "n": 8, "compared": "not"},
        "one": {"value": 3.0, "n": 1, "unit": "nats", "compared": "exactly"},
    }
    printed = capsys.readouterr().out.splitlines()
    assert printed[:3] == ["nll = 12.5 ± 0.25 nats  (n = 50)", f"    {DOUBT}", "share = 0.5 ± 0.01  (n = 8)"]


def test_a_summary_of_examples(run: Path) -> None:
    values = torch.tensor([1.0, 3.0, 8.0], dtype=torch.float64)
    record("nll", Summary.mean_of(values), per_example=values)
    entry = json.loads(run.read_text())["nll"]
    assert entry["value"] == 4 and entry["n"] == 3
    assert entry["standard_error"] == pytest.approx(float(values.std()) / 3**0.5)


@pytest.mark.parametrize("again", [{"standard_error": 0.1}, {"n": 50}, {"unit": "nats"}])
def test_what_a_summary_says_is_not_given_again(run: Path, again: dict[str, Any]) -> None:
    [name] = again
    with pytest.raises(ValueError, match=f"the summary says its {name} itself; leave {name} out"):
        record("nll", Summary(12.5, 0.25, n=50), **again)
    assert not run.exists()


def test_an_estimate_by_sample_is_no_number_and_the_refusal_says_what_to_pass() -> None:
    values = PerSample("x", torch.ones(3), torch.ones(3), {})
    with pytest.raises(TypeError, match=r"got PerSample; pass its .mean\(\)"):
        record("nll", values)


@pytest.mark.parametrize(("shift", "widening", "said"), [(3.0, 0.5, True), (0.3, 2.0, False)])
def test_an_estimate_that_must_not_be_believed_is_recorded_as_such(
    run: Path, capsys: pytest.CaptureFixture[str], shift: float, widening: float, said: bool
) -> None:
    truth = LinearGaussian.random({"a": 2, "b": 3, "c": 2}, 2, 1.0, seed=3)
    model = linear_gaussian_model(truth, shift=shift, widening=widening)
    data = truth.sample(20, seed=1)[0]
    first, second = (
        model.estimate_nll(data, K=1000, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1)
    )
    for name, found in {"nll": first.mean(), "sum": first.sum(), "gap": (first - second).mean()}.items():
        record(name, found, margin=1.0)
        entry = json.loads(run.read_text())[name]
        assert (entry["value"], entry["standard_error"]) == (found.value, found.standard_error)
        assert ("diagnosis" in entry) == said == ("not to be believed: " in capsys.readouterr().out)
        assert entry.get("diagnosis", "") == found.diagnosis


def test_in_a_run_the_digests_of_its_data_are_kept(run: Path) -> None:
    first = MultimodalDataset({"a": torch.zeros(3, 2)})
    record_data(train=first)
    record_data(test=MultimodalDataset({"a": torch.ones(3, 2)}))
    kept = json.loads((run.parent / "data.json").read_text())
    assert kept["train"] == first.digest()
    assert kept["test"] != kept["train"]
    with pytest.raises(TypeError, match=r"record_data\(x=...\): list has no digest"):
        record_data(x=[1])


def test_a_write_that_fails_leaves_the_numbers_before(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    record("a", 1)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        record("b", 2)
    assert list(json.loads(run.read_text())) == ["a"]
    assert [path.name for path in run.parent.iterdir()] == ["metrics.json"]
