"""Fast and full parameters: read from the notebook's file, and told by the notebook itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workbench import profile_of
from workbench.reading.parameters import ParameterError
from workbench.reading.profiles import read_profile
from workbench.reading.source import read_source
from workbench.running.execute import run_notebook

FULL, FAST = {"n": 1000, "family": "moe"}, {"n": 10}


@pytest.mark.parametrize(
    ("values", "name", "differing"),
    [
        ({}, "full", {}),
        ({"n": 10}, "fast", {"n": (10, 1000)}),
        ({"n": 11}, "own", {"n": (11, 1000)}),
        ({"n": 10, "family": "poe"}, "own", {"n": (10, 1000), "family": ("poe", "moe")}),
        ({"seed": 7}, "full", {}),
    ],
)
def test_which_profile_a_run_has(values: dict[str, object], name: str, differing: dict[str, object]) -> None:
    profile = profile_of({**FULL, "seed": 0, **values}, full=FULL, fast=FAST)
    assert (profile.name, profile.differing) == (name, differing)
    assert profile.full == (name == "full")
    for parameter, (value, whole) in profile.differing.items():
        assert f"{parameter} = {value!r}" in str(profile)
        assert f"{parameter} = {whole!r}" in str(profile)


def test_a_notebook_may_declare_more_profiles(notebook) -> None:
    values = {**FULL, "n": 60_000}
    profile = profile_of(values, full=FULL, fast=FAST, paper={"n": 60_000})
    assert (profile.name, profile.full) == ("paper", False)
    assert "profile paper" in str(profile)
    cell = CELL.replace("fast={fast}", "fast={fast}, paper={paper}")
    path = notebook(cell.format(full=FULL, fast=FAST, paper={"n": 60_000}))
    assert read_profile(read_source(path), "paper") == {"n": 60_000}
    with pytest.raises(ValueError, match="expected one of fast, full, paper, got 'quick'"):
        read_profile(read_source(path), "quick")


def test_profiles_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="'epochs' is in fast but not in full, which has n"):
        profile_of({"n": 1}, full={"n": 1}, fast={"epochs": 1})
    with pytest.raises(ValueError, match="no parameter 'n'; was the parameters cell run"):
        profile_of({}, full={"n": 1}, fast={})


@pytest.fixture
def notebook(write_notebook: Callable[..., Path]) -> Callable[[str], Path]:
    def write(cell: str) -> Path:
        import nbformat

        path = write_notebook(cell, parameters="n: int = 1000  # samples\nfamily: str = 'moe'  # which")
        node = nbformat.read(path, 4)
        node.cells[1].metadata["tags"] = ["profiles"]
        nbformat.write(node, path)
        return path

    return write


CELL = "from workbench import profile_of\nprofile_of(globals(), full={full}, fast={fast})"


@pytest.mark.notebook
def test_a_run_with_the_fast_parameters_says_that_it_is_one(notebook, tmp_path) -> None:
    path = notebook(CELL.format(full=FULL, fast=FAST))
    values = read_profile(read_source(path), "fast")
    assert values == {"n": 10}
    assert read_profile(read_source(path), "full") == FULL
    result = run_notebook(path, tmp_path / "out", values)
    assert "Fast parameters, a quick pass:" in result.notebook.read_text()
    assert result.page is not None
    assert "Fast parameters, a quick pass:" in result.page.read_text()


@pytest.mark.parametrize(
    ("cell", "name", "error", "words"),
    [
        (CELL.format(full=FULL, fast=FAST), "quick", ValueError, "expected one of fast, full, got 'quick'"),
        (CELL.format(full=FULL, fast={"m": 1}), "fast", ParameterError, "profile 'fast': no parameter 'm'"),
        (CELL.format(full=FULL, fast={"n": 1.5}), "fast", ParameterError, "expected int, got 1.5"),
        (CELL.format(full="{'n': 2 * k}", fast={}), "fast", ValueError, "plain values only"),
        ("profile_of(globals(), full={})", "fast", ValueError, "must call profile_of"),
    ],
)
def test_what_cannot_be_read_is_refused(notebook, cell, name, error, words) -> None:
    with pytest.raises(error, match=words):
        read_profile(read_source(notebook(cell)), name)


def test_a_notebook_without_profiles_says_so(write_notebook) -> None:
    with pytest.raises(ValueError, match="declares no profiles: no cell is tagged profiles"):
        read_profile(read_source(write_notebook("1")), "fast")
