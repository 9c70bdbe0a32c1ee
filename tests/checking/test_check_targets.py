"""Which notebooks a check takes, what it calls them, and which baselines it can read."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from workbench.checking.baseline import Baseline, read_baseline
from workbench.checking.changes import what_changed
from workbench.checking.check import _command
from workbench.checking.plan import plan_check
from workbench.checking.targets import find_targets
from workbench.running.store import StoredRun


def make(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    return path


def test_what_is_hidden_is_left_out_but_the_folder_itself_may_lie_in_a_hidden_one(tmp_path: Path) -> None:
    root = tmp_path / ".worktrees" / "notebooks"
    seen = make(root / "a.ipynb")
    make(root / ".ipynb_checkpoints" / "a.ipynb")
    assert [target.path for target in find_targets([root])] == [seen]


def test_two_notebooks_of_one_name_are_refused_and_one_given_twice_is_not(tmp_path: Path) -> None:
    a, b = make(tmp_path / "a" / "x.ipynb"), make(tmp_path / "b" / "x.ipynb")
    with pytest.raises(ValueError, match=r"two notebooks are called x: .*a/x.ipynb and .*b/x.ipynb"):
        find_targets([a, b])
    assert len(find_targets([a, a.parent])) == 1


def test_a_notebook_without_a_seed_is_one_run_whatever_the_seeds(tmp_path: Path) -> None:
    notebook = make(tmp_path / "notebooks" / "x.ipynb")
    cell = '{"cell_type": "code", "metadata": {"tags": ["profiles"]}, "source": "from workbench import profile_of\\n'
    cell += 'profile_of(globals(), full={}, fast={})", "outputs": [], "execution_count": null, "id": "p"}'
    notebook.write_text(notebook.read_text().replace("[]", f"[{cell}]"))
    [planned] = plan_check([notebook], "fast", [5, 6])
    assert list(planned.jobs) == [0]


def test_the_command_that_runs_it_again_is_one_that_a_shell_reads(tmp_path: Path) -> None:
    words = shlex.split(_command(tmp_path / "my notes" / "it's.ipynb", "fast", [0]))
    assert words[2] == str(tmp_path / "my notes" / "it's.ipynb")


METRIC = (
    '{"values": [1], "errors": [], "n": null, "compared": "within", "margin": 1, "better": null, "unit": "", '
    '"by_examples": false}'
)


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< HEAD",
        '{"format": 1}',
        '{"format": 1, "profiles": []}',
        '{"format": 1, "profiles": {"fast": {}}}',
        f'{{"format": 1, "profiles": {{"fast": {{"seeds": [0, 1], "data": {{}}, "metrics": {{"m": {METRIC}}}}}}}}}',
    ],
)
def test_what_is_no_baseline_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "here.json").write_text(text)
    with pytest.raises(ValueError, match=r"here\.json is no baseline"):
        read_baseline(tmp_path, "here", "fast")


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1", b"PK\x03\x04 half"])
def test_examples_that_cannot_be_read_are_named(tmp_path: Path, content: bytes) -> None:
    profile = '{"seeds": [0], "data": {}, "metrics": {}}'
    (tmp_path / "here.json").write_text(f'{{"format": 1, "profiles": {{"fast": {profile}}}}}')
    (tmp_path / "here.fast.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"here\.fast\.npz holds no examples"):
        read_baseline(tmp_path, "here", "fast")


def test_other_data_is_told_also_of_a_notebook_without_a_seed(tmp_path: Path) -> None:
    made = {"notebook": "n", "code": "c", "versions": {}, "platform": "p"}
    baseline = Baseline({}, {"provenance": made, "parameters": {}, "data": {"0": {"test": "old"}}})
    run = StoredRun(tmp_path, {"provenance": made, "parameters": {}}, {}, {"test": "new"})
    assert what_changed(baseline, run, {}) == ("the data: test",)
