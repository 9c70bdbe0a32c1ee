"""The notebooks of the explorers run with little training, print the state they were given, and stay small."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from workbench.running.execute import run_notebook
from workbench.running.store import StoredRun

pytestmark = pytest.mark.notebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "explorers"
TEXT = {"dataset": "mnist_text", "shown": ["text"], "sample": 3, "predict_first": True}
LITTLE = {"n_train": 200, "n_test": 40, "epochs": 1, "latent_dim": 3}


def check(executed: Path, metrics: dict[str, Any], said: str) -> None:
    assert metrics
    assert executed.stat().st_size < 1_000_000
    cells = nbformat.read(executed, as_version=4).cells
    shown = next(cell for cell in cells if "interactive" in cell.metadata.get("tags", []))
    printed = [output.data for output in shown.outputs if "image/svg+xml" in output.get("data", {})]
    assert len(printed) == 1
    assert said in printed[0]["image/svg+xml"]
    assert "image/jpeg" in printed[0]
    assert not any("widget" in kind for kind in printed[0])


# Notebook → what its changed run must show; see CHANGED.
SAYS = {
    "family": "sample 7",
    "fusion": "K = 2",
    "subset": "sample 7",
    "training": "step 12",
    "traversal": "1.5 sd",
}


def test_every_explorer_has_a_run_that_is_looked_at() -> None:
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == set(SAYS)


@pytest.mark.parametrize(("name", "said"), SAYS.items())
def test_the_notebook_runs(name: str, said: str, course_run: Callable[..., StoredRun]) -> None:
    run = course_run(f"explorers/{name}", changed=True)
    assert run.finished, run.status["failure"]
    check(run.executed, run.metrics, said)


def test_the_subset_explorer_runs_on_text_and_keeps_its_answer_back(tmp_path: Path) -> None:
    result = run_notebook(NOTEBOOKS / "subset.ipynb", tmp_path, LITTLE | TEXT)
    assert result.failure is None, result.failure
    check(result.notebook, result.metrics, "Decide, then reveal")
