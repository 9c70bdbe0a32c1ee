from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.reading.parameters import ParameterError
from workbench.running.plan import plan_run

PARAMETERS = "size: int = 3  # of everything"


def test_a_good_plan_has_absolute_paths_and_an_output_folder(write_notebook, tmp_path, monkeypatch) -> None:
    path = write_notebook("1", parameters=PARAMETERS)
    monkeypatch.chdir(tmp_path)
    plan = plan_run(path.relative_to(tmp_path), "runs/a", {"size": "4"})
    assert (plan.notebook, plan.values) == (path, {"size": 4})
    assert (plan.executed, plan.page) == (tmp_path / "runs/a/tiny.ipynb", tmp_path / "runs/a/tiny.html")
    assert plan.out.is_dir()
    assert list(plan.out.iterdir()) == []


def test_bad_parameters_are_refused_before_a_folder_is_made(write_notebook, tmp_path) -> None:
    with pytest.raises(ParameterError):
        plan_run(write_notebook("1", parameters=PARAMETERS), tmp_path / "out", {"size": "x"})
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "is not a notebook"), ("[]", "no list of cells"), ('{"worksheets": []}', "no list of cells")],
)
def test_files_that_are_no_notebook_are_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        plan_run(path, tmp_path / "out", {})


def test_a_missing_notebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.ipynb"):
        plan_run(tmp_path / "nowhere.ipynb", tmp_path / "out", {})


def test_the_notebooks_own_folder_is_no_output_folder(write_notebook) -> None:
    path = write_notebook("1")
    with pytest.raises(ValueError, match="would be replaced"):
        plan_run(path, path.parent, {})


def test_a_file_in_the_way_of_the_output_folder_is_named(write_notebook, tmp_path) -> None:
    path = write_notebook("1")
    (tmp_path / "taken").write_text("")
    with pytest.raises(NotADirectoryError, match=r"cannot write to the output folder .*taken"):
        plan_run(path, tmp_path / "taken" / "out", {})
    with pytest.raises(FileExistsError, match="taken"):
        plan_run(path, tmp_path / "taken", {})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_access_is_refused(write_notebook, tmp_path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(PermissionError, match="cannot write to the output folder"):
        plan_run(write_notebook("1"), locked / "out", {})
