"""Which notebooks a check takes, and what it calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.checking.targets import find_targets


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
