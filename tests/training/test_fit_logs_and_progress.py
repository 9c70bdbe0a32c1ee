from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import pytest
import torch

from mopoe import MultimodalBaseDataset
from workbench.training import TrainConfig, fit


def settings(**changes: object) -> TrainConfig:
    return TrainConfig(**{"epochs": 2, "batch_size": 4, "device": "cpu", "progress": False} | changes)


def test_the_csv_log_holds_the_history(location, far_away, halfway, tmp_path: Path) -> None:
    first = fit(location(), far_away, halfway, settings(log_dir=tmp_path / "runs"))
    second = fit(location(), far_away, halfway, settings(log_dir=tmp_path / "runs"))
    assert first.log_folder == str(tmp_path / "runs" / "version_0")
    assert second.log_folder == str(tmp_path / "runs" / "version_1")
    with (tmp_path / "runs" / "version_0" / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["1", "2"]
    for split, terms in first.history.items():
        for term, values in terms.items():
            assert [float(row[f"{split}/{term}"]) for row in rows] == values


def test_the_log_is_on_disk_after_every_epoch(location, far_away, halfway, tmp_path: Path) -> None:
    lines: list[int] = []

    def look(model, batch) -> None:
        log = tmp_path / "version_0" / "metrics.csv"
        lines.append(len(log.read_text().splitlines()) if log.exists() else 0)

    fit(location(on_forward=look), far_away, halfway, settings(log_dir=tmp_path))
    assert lines == [0] * 5 + [2] * 5


def test_a_folder_that_cannot_be_made_is_refused_before_any_step(
    location, far_away, halfway, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    model = location()
    with pytest.raises(OSError, match="file"):
        fit(model, far_away, halfway, settings(log_dir=tmp_path / "file" / "runs"))
    assert model.training_passes == 0


@pytest.mark.filterwarnings("default")  # what TensorBoard imports is not ours
def test_tensorboard_gets_its_events(location, far_away, halfway, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    result = fit(location(), far_away, halfway, settings(log_dir=tmp_path, logger="tensorboard"))
    events = list(Path(result.log_folder).glob("events.out.tfevents.*"))
    assert len(events) == 1
    assert b"validation/recon_a" in events[0].read_bytes()


def test_tensorboard_where_it_is_absent_is_told(location, far_away, halfway, tmp_path, monkeypatch) -> None:
    loggers = pytest.importorskip("lightning_fabric.loggers.tensorboard")
    monkeypatch.setattr(loggers, "_TENSORBOARD_AVAILABLE", False)
    monkeypatch.setattr(loggers, "_TENSORBOARDX_AVAILABLE", False)
    with pytest.raises(ModuleNotFoundError, match="pip install tensorboard, or use logger='csv'"):
        fit(location(), far_away, halfway, settings(log_dir=tmp_path, logger="tensorboard"))


def test_nothing_is_printed_without_progress(location, far_away, halfway, capfd) -> None:
    fit(location(), far_away, halfway, settings())
    assert capfd.readouterr() == ("", "")


def test_a_file_gets_one_line_an_epoch_and_one_at_the_end(location, far_away, halfway, capfd) -> None:
    result = fit(location(), far_away, halfway, settings(progress=True))
    printed = capfd.readouterr()
    assert printed.out == ""
    lines = printed.err.splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        "epoch 1/2",
        "epoch 2/2",
        f"6 steps; best validation loss {result.best_loss:.1f} after epoch 2",
    ]
    assert f"validation {result.history['validation']['loss'][0]:.1f}" in lines[0]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_one_line_in_place(location, far_away, halfway, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    fit(location(), far_away, halfway, settings(progress=True))
    written = sys.stderr.getvalue()
    assert written.count("\n") == 1
    assert written.endswith("\n")
    updates = written.rstrip("\n").split("\r")
    assert "epoch 1/2" in updates[1]
    assert updates[-1].startswith("6 steps; best validation loss")


def test_a_notebook_shows_one_text_output(location, far_away, halfway, monkeypatch) -> None:
    ipython = pytest.importorskip("IPython")
    display = pytest.importorskip("IPython.display")
    shown: dict[str, dict[str, str]] = {}

    class Handle:
        def update(self, bundle, raw) -> None:
            shown["line"] = bundle

    def show(bundle, raw, display_id):
        shown["line"] = bundle
        return Handle()

    class Shell:
        kernel = object()

    monkeypatch.setattr(ipython, "get_ipython", Shell)
    monkeypatch.setattr(display, "display", show)
    fit(location(), far_away, halfway, settings(progress=True))
    assert list(shown) == ["line"]
    assert list(shown["line"]) == ["text/plain"]
    assert shown["line"]["text/plain"].startswith("6 steps; best validation loss")


def test_the_result_is_a_readable_table(new_model, correlated) -> None:
    result = fit(new_model(), correlated, correlated, settings())
    page = result._repr_html_()
    assert "joint_divergence" in page
    assert f"{result.best_loss:.2f}" in page
    assert "history" not in repr(result)
    assert torch.is_tensor(result.optimizer_state["state"][0]["exp_avg"])


@pytest.mark.parametrize("names", [["a"], ["a", "c"], ["a", "b", "c"]])
def test_data_of_other_modalities_are_refused_before_a_log_is_made(
    new_model, correlated, tmp_path: Path, names: list[str]
) -> None:
    data = MultimodalBaseDataset(dict.fromkeys(names, correlated.data["a"]))
    with pytest.raises(ValueError, match=r"train: expected the modalities \['a', 'b'\] of the model, got"):
        fit(new_model(), data, data, settings(log_dir=tmp_path / "log"))
    assert not (tmp_path / "log").exists()


def test_the_order_of_the_modalities_is_free(new_model, correlated) -> None:
    turned = MultimodalBaseDataset(dict(reversed(correlated.data.items())))
    assert fit(new_model(), turned, turned, settings(epochs=1)).epochs == 1
