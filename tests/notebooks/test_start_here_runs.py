"""The first notebook runs from end to end with little training, and leaves pictures and numbers behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from workbench.pages.page import render_page
from workbench.running.execute import run_notebook
from workbench.running.store import StoredRun

pytestmark = pytest.mark.notebook

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
SMALL = {"n_train": 300, "n_test": 60, "epochs": 1, "latent_dim": 4, "sample": 3}


def check(executed: Path, page: str, recorded: dict[str, Any], seen: list[int]) -> None:
    assert [n for n in range(1, 9) if f"coherence_{n}_observed" in recorded] == seen
    assert all(0 <= recorded[f"coherence_{n}_observed"]["value"] <= 1 for n in seen)

    cells = {cell.id: cell for cell in nbformat.read(executed, as_version=4).cells}
    for shown in ("samples", "curves", "classifiers", "coherence", "explore"):
        kinds = {"image/png", "image/svg+xml"}
        pictures = [output for output in cells[shown].outputs if kinds & set(output.get("data", {}))]
        assert len(pictures) == 1, f"cell {shown!r} shows {len(pictures)} pictures"
    assert executed.stat().st_size < 2_000_000
    assert page.count("data:image/png;base64,") == 4
    assert page.count('aria-label="Subset explorer: ') == 1


def test_the_notebook_runs_on_four_views(course_run: Callable[..., StoredRun]) -> None:
    run = course_run("00_start_here", changed=True)
    assert run.finished, run.status["failure"]
    assert run.status["parameters"]["n_modalities"] == 4
    page = render_page(nbformat.read(run.executed, as_version=4), NOTEBOOK)
    check(run.executed, page, run.metrics, [1, 2, 3])


def test_the_notebook_runs_on_pictures_and_text(tmp_path: Path) -> None:
    result = run_notebook(NOTEBOOK, tmp_path, SMALL | {"dataset": "mnist_text", "subsets": "moe"})
    assert result.failure is None
    assert result.page is not None
    recorded = json.loads((tmp_path / "metrics.json").read_text())
    check(result.notebook, result.page.read_text(), recorded, [1, 2])


@pytest.mark.parametrize(
    ("parameters", "said"),
    [({"sample": 60}, "expected 0 to 59, got 60"), ({"n_modalities": 1}, "expected at least 2")],
)
def test_a_value_that_cannot_work_is_refused_before_anything_is_trained(
    refused: Callable[..., None], parameters: dict[str, object], said: str
) -> None:
    refused(NOTEBOOK, SMALL | parameters, said, untouched="data")
