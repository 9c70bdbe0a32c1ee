"""The notebook of tables shows any evidence, writes it out, and its intervals follow the level."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.paper.results.runs import read_runs, write_records
from workbench.running.execute import run_notebook

pytestmark = pytest.mark.notebook

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "paper" / "tables.ipynb"


def test_tables_charts_and_evidence_of_any_runs(tmp_path: Path, records) -> None:
    write_records(records, tmp_path / "evidence")
    given = {
        "runs": str(tmp_path / "evidence"),
        "against": "MVAE",
        "level": 0.68,
        "out": str(tmp_path / "out"),
    }
    result = run_notebook(NOTEBOOK, tmp_path / "run", given, html=False)
    assert result.failure is None
    assert result.metrics["runs"]["value"] == 12
    assert result.metrics["coherence_4_MoPoE"]["value"] == pytest.approx(0.81)
    assert result.metrics["coherence_4_MoPoE_reach"]["value"] == pytest.approx(
        1.311578 * 0.01 / 3**0.5, rel=1e-5
    )
    assert result.metrics["coherence_4_MMVAE_less_MVAE"]["value"] == pytest.approx(0.1)
    digests = json.loads((tmp_path / "run" / "data.json").read_text())
    assert len(digests) == 12 and digests["MoPoE-seed0"] == next(
        record.digest()
        for record in records
        if record.parameters["family"] == "MoPoE" and record.parameters["seed"] == 0
    )
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".json", ".svg", ".md"}
    assert read_runs(tmp_path / "out") == read_runs(tmp_path / "evidence")
    page = (tmp_path / "out" / "tables.md").read_text()
    assert "MMVAE less MVAE; mean over seeds (68% interval)" in page and "quoted: Sutter et al. 2021" in page


def test_a_folder_without_evidence_is_refused_by_name(tmp_path: Path) -> None:
    failure = run_notebook(NOTEBOOK, tmp_path / "run", {"runs": "runs/no_such_sweep"}, html=False).failure
    assert failure is not None and "no_such_sweep" in str(failure)
