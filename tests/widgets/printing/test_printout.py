"""Every explorer: the printed sheet, and figure, numbers and state as files."""

from __future__ import annotations

import base64
import csv
import json

import pytest


def files_in(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_printed_notebook_shows_the_sheet(explorer):
    bundle = explorer._repr_mimebundle_()
    assert bundle["image/svg+xml"] == explorer.figure().text()
    assert bundle["text/plain"] == f"{explorer.title}: {explorer.question()}"
    assert base64.b64decode(bundle["image/jpeg"]).startswith(b"\xff\xd8")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert len(bundle["image/jpeg"]) + len(bundle["image/svg+xml"]) < 700_000


def test_saving_writes_figure_numbers_and_state(explorer, tmp_path):
    figure, state = explorer.save(tmp_path / "view.svg")
    assert figure.read_text(encoding="utf-8") == explorer.figure().text()
    assert json.loads(state.read_text()) == explorer.state.to_dict()
    picture, state = explorer.save(tmp_path / "view.png")
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 500
    assert json.loads(state.read_text()) == explorer.state.to_dict()
    table, state = explorer.save(str(tmp_path / "numbers.csv"))
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [{name: text for name, text in row.items() if text} for row in rows] == [
        {name: str(value) for name, value in row.items()} for row in explorer.table()
    ]
    assert json.loads(state.read_text()) == explorer.state.to_dict()
    assert files_in(tmp_path) == [
        "numbers.csv", "numbers.csv.json", "view.png", "view.png.json", "view.svg", "view.svg.json",
    ]  # fmt: skip


def test_what_cannot_be_saved_is_refused_and_nothing_written(explorer, tmp_path):
    with pytest.raises(ValueError, match=r"\.svg, \.png or \.csv, got 'view\.pdf'"):
        explorer.save(tmp_path / "view.pdf")
    for name in ("view.svg", "numbers.csv"):
        with pytest.raises(FileNotFoundError, match="expected a folder"):
            explorer.save(tmp_path / "nowhere" / name)
    assert files_in(tmp_path) == []


def test_numbers_to_be_predicted_are_nowhere(example, tmp_path):
    explorer = example.make(predict_first=True)
    explorer.require_answer()
    sentence = explorer.sentence(explorer.state, explorer.current)
    bundle = explorer._repr_mimebundle_()
    assert sentence not in bundle["text/plain"]
    assert sentence not in bundle["image/svg+xml"]
    assert "nats" not in bundle["text/plain"]
    with pytest.raises(ValueError, match="to be predicted"):
        explorer.save(tmp_path / "numbers.csv")
    assert files_in(tmp_path) == []


def test_the_buttons_write_into_this_folder_and_never_over_a_file(explorer, example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stem = explorer.title.lower().replace(" ", "_")
    for names in ([f"{stem}.svg", f"{stem}.svg.json"], [f"{stem}_2.svg", f"{stem}_2.svg.json"]):
        explorer.controls["save_figure"].click()
        assert explorer.message.value == f"written: {', '.join(names)}"
        assert set(names) <= set(files_in(tmp_path))
    axes = explorer.export_axes
    monkeypatch.setattr(explorer, "export_axes", lambda: [axis.fixed() for axis in axes(**example.limits)])
    explorer.controls["save_page"].click()
    assert explorer.message.value == f"written: {stem}.html"
    assert f"{stem}.html" in files_in(tmp_path)
