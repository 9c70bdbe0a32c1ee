"""A row that was disturbed is marked as such, and never counts as one that met its target."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.kit.targets import at_most_limit, faster_than_peer, judged, within
from bench.report import page, read, summary


def row(disturbed: str = "", ratio: float = 1.1, **other: Any) -> dict[str, Any]:
    ours = {"rounds": 9, "wall_ms": 11.0, "cpu_ms": 20.0, "wall_spread_ms": 0.5}
    found = {
        "theme": "All subsets",
        "work": "encode",
        "machine": "a machine",
        "contenders": {"ours": ours, "limit": {**ours, "wall_ms": 10.0}},
        "ratios": {"peer_over_ours": None, "ours_over_limit": {"median": ratio, "low": 1.0, "high": 1.3}},
        "limit": "encoders alone",
        "disturbed": disturbed,
    } | other
    return found | judged(found, at_most_limit(1.2))


@pytest.mark.parametrize("ratio", [1.1, 1.3])
def test_what_was_disturbed_is_not_judged(ratio: float) -> None:
    assert row(ratio=ratio)["met"] is (ratio < 1.2)
    busy = row("others kept 1.3 of 2 cores busy", ratio)
    assert busy["met"] is None
    assert busy["target"] == "≤ 1.20 × limit"


def test_rows_without_a_target_or_a_contender_are_not_judged_either() -> None:
    assert judged(row(), None) == {"target": "", "met": None}
    assert judged(row(), faster_than_peer(10))["met"] is None
    assert judged(row(), within(1))["met"] is True
    assert judged(row("something"), within(1))["met"] is None


def test_disturbed_rows_count_among_the_targets_and_not_among_those_met() -> None:
    rows = [row(), row(ratio=2.0), row("others kept 2 of 2 cores busy"), row(target="", met=None)]
    rows[-1] |= {"target": "", "met": None}
    assert summary(rows) == ("Of 3 targets 1 are met; 1 cannot be told, as other work disturbed them.\n\n")
    assert summary(rows[:2]) == "Of 2 targets 1 are met.\n\n"


def test_the_table_marks_it_and_the_json_keeps_it(tmp_path) -> None:
    why = "others kept 1.3 of 2 cores busy"
    found = {
        "benchmarks": [{"fullname": "bench/test_x.py::test_a", "extra_info": {"rows": [row(why), row()]}}]
    }
    (tmp_path / "found.json").write_text(json.dumps(found))
    rows = read(tmp_path / "found.json")
    assert rows["test_x.py::test_a 0"]["disturbed"] == why
    lines = [line for line in page(rows).splitlines() if line.startswith("| encode")]
    assert lines[0].endswith(f"| ≤ 1.20 × limit | **disturbed**: {why} |")
    assert lines[1].endswith("| ≤ 1.20 × limit | met |")


def test_rows_of_before_disturbances_were_looked_for_are_judged_as_they_were() -> None:
    old = row()
    del old["disturbed"]
    assert summary([old]) == "Of 1 targets 1 are met.\n\n"
    assert "| met |" in page({"old 0": old})
