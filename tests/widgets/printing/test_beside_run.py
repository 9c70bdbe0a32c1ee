"""An explorer's page beside a run: written where the run asks for it, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.explorers import explore_subsets
from workbench.notebook import RUN_FOLDER_VARIABLE
from workbench.pages.explorer_pages import EXPLORER_TYPE, PAGES_VARIABLE


@pytest.fixture
def explorer(model, dataset, monkeypatch):
    explorer = explore_subsets(model, dataset, shown=["photo"], n_draws=2)
    axes = explorer.export_axes
    monkeypatch.setattr(explorer, "export_axes", lambda: [axis.fixed() for axis in axes(samples=1)])
    return explorer


def test_nothing_is_written_unless_a_run_asks(explorer, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert EXPLORER_TYPE not in explorer._repr_mimebundle_()
    monkeypatch.setenv(PAGES_VARIABLE, "1")
    assert EXPLORER_TYPE not in explorer._repr_mimebundle_()
    monkeypatch.delenv(PAGES_VARIABLE)
    monkeypatch.setenv(RUN_FOLDER_VARIABLE, str(tmp_path))
    assert EXPLORER_TYPE not in explorer._repr_mimebundle_()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_each_showing_has_a_page_of_its_own(explorer, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv(PAGES_VARIABLE, "1")
    monkeypatch.setenv(RUN_FOLDER_VARIABLE, str(tmp_path))
    first, second = (explorer._repr_mimebundle_()[EXPLORER_TYPE] for _ in range(2))
    assert first["title"] == explorer.title
    assert first["height"] > explorer.figure().height
    assert first["page"] != second["page"]
    for shown in (first, second):
        assert "<!doctype html>" in (tmp_path / shown["page"]).read_text(encoding="utf-8")


def test_where_all_samples_are_too_many_there_is_one(model, dataset, tmp_path: Path, monkeypatch) -> None:
    explorer = explore_subsets(model, dataset, shown=["photo"], n_draws=2)
    asked = []

    def refuse_many(path: Path, **limits: int) -> Path:
        asked.append(limits)
        if limits != {"samples": 1}:
            raise ValueError("too large")
        path.write_text("one sample")
        return path

    monkeypatch.setattr(explorer, "to_html", refuse_many)
    monkeypatch.setenv(PAGES_VARIABLE, "1")
    monkeypatch.setenv(RUN_FOLDER_VARIABLE, str(tmp_path))
    page = explorer._repr_mimebundle_()[EXPLORER_TYPE]["page"]
    assert (tmp_path / page).read_text() == "one sample"
    assert asked == [{}, {"samples": 1}]


def test_a_page_that_cannot_be_is_said_and_the_sheet_printed(explorer, tmp_path: Path, monkeypatch) -> None:
    def refuse(path: Path, **limits: int) -> Path:
        raise ValueError("too large")

    monkeypatch.setattr(explorer, "to_html", refuse)
    monkeypatch.setenv(PAGES_VARIABLE, "1")
    monkeypatch.setenv(RUN_FOLDER_VARIABLE, str(tmp_path))
    bundle = explorer._repr_mimebundle_()
    assert bundle[EXPLORER_TYPE] == {"title": explorer.title, "refused": "too large"}
    assert bundle["image/svg+xml"]
