"""What differs from a baseline besides the numbers."""

from __future__ import annotations

from pathlib import Path

from workbench.checking.baseline import Baseline
from workbench.checking.changes import what_changed
from workbench.running.store import StoredRun


def test_other_data_is_told_also_of_a_notebook_without_a_seed(tmp_path: Path) -> None:
    made = {"notebook": "n", "code": "c", "versions": {}, "platform": "p"}
    baseline = Baseline({}, {"provenance": made, "parameters": {}, "data": {"0": {"test": "old"}}})
    run = StoredRun(tmp_path, {"provenance": made, "parameters": {}}, {}, {"test": "new"})
    assert what_changed(baseline, run, {}) == ("the data: test",)
