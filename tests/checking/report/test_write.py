"""The formats of a report as files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.checking.report import write_check_report
from workbench.checking.result import CheckReport, NotebookResult

EMPTY = CheckReport((), "full", (), "2026-11-23T13:40:00+00:00", 0.0, {}, 0.95, 0.001)
FORMATS = ["junit.xml", "report.html", "report.json", "report.md"]


def test_all_faces_are_written_and_nothing_else(tmp_path: Path) -> None:
    paths = write_check_report(EMPTY, tmp_path / "new" / "folder")
    assert sorted(paths) == FORMATS
    assert sorted((tmp_path / "new" / "folder").iterdir()) == sorted(paths.values())
    for path in paths.values():
        assert "No notebook was checked." in path.read_text(encoding="utf-8") or path.name == "junit.xml"


@pytest.mark.parametrize("name", FORMATS)
def test_a_face_that_fails_leaves_the_old_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_check_report(EMPTY, tmp_path)
    before = paths[name].read_text()
    monkeypatch.setattr(Path, "replace", lambda *paths: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_check_report(replace(EMPTY, profile="fast"), tmp_path)
    assert paths[name].read_text() == before
    assert len(list(tmp_path.iterdir())) == 4


def test_a_file_whose_name_is_no_text_is_written_too(tmp_path: Path) -> None:
    odd = Path("/notes/n\udcff.ipynb")  # as Python reads a name that is not UTF-8
    paths = write_check_report(
        replace(EMPTY, notebooks=(NotebookResult("n\udcff", odd, "finished"),)), tmp_path
    )
    kept = json.loads(paths["report.json"].read_text(encoding="utf-8"))
    assert kept["notebooks"][0]["notebook"] == str(odd)
