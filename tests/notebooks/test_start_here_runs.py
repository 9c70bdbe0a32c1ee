"""The first notebook runs from end to end with little training, and leaves pictures and numbers behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from workbench.running.execute import run_notebook

pytestmark = pytest.mark.notebook

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
SMALL = {"n_train": 300, "n_test": 60, "epochs": 1, "latent_dim": 4, "sample": 3}


@pytest.mark.parametrize(
    ("parameters", "seen"),
    [
        ({"n_modalities": 4}, [1, 2, 3]),
        ({"dataset": "mnist_text", "subsets": "moe"}, [1, 2]),
    ],
    ids=["polydigits", "mnist_text"],
)
def test_the_notebook_runs(tmp_path: Path, parameters: dict[str, object], seen: list[int]) -> None:
    result = run_notebook(NOTEBOOK, tmp_path, SMALL | parameters)
    assert result.failure is None
    recorded = json.loads((tmp_path / "metrics.json").read_text())
    assert [n for n in range(1, 9) if f"coherence_{n}_observed" in recorded] == seen
    assert all(0 <= recorded[f"coherence_{n}_observed"]["value"] <= 1 for n in seen)

    cells = {cell.id: cell for cell in nbformat.read(result.notebook, as_version=4).cells}
    for shown in ("samples", "curves", "classifiers", "coherence", "explore"):
        kinds = {"image/png", "image/svg+xml"}
        pictures = [output for output in cells[shown].outputs if kinds & set(output.get("data", {}))]
        assert len(pictures) == 1, f"cell {shown!r} shows {len(pictures)} pictures"
    assert result.notebook.stat().st_size < 2_000_000
    assert result.page is not None
    page = result.page.read_text()
    assert page.count("data:image/png;base64,") == 4
    assert page.count('aria-label="Subset explorer: ') == 1


@pytest.mark.parametrize(
    ("parameters", "said"),
    [({"sample": 60}, "expected 0 to 59, got 60"), ({"n_modalities": 1}, "expected at least 2")],
)
def test_a_value_that_cannot_work_is_refused_before_anything_is_trained(
    refused: Callable[..., None], parameters: dict[str, object], said: str
) -> None:
    refused(NOTEBOOK, SMALL | parameters, said, untouched="data")
