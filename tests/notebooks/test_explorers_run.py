"""The notebooks of the explorers run with little training, print the state they were given, and stay small."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from workbench.running.execute import run_notebook

pytestmark = pytest.mark.notebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "explorers"
LITTLE = {"n_train": 200, "n_test": 40, "epochs": 1, "latent_dim": 3}


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("subset", LITTLE | {"sample": 7, "shown": ["china"], "posterior": "mixture"}, "sample 7"),
        (
            "subset",
            LITTLE | {"dataset": "mnist_text", "shown": ["text"], "sample": 3, "predict_first": True},
            "Decide, then reveal",
        ),
        ("traversal", LITTLE | {"sample": 7, "offsets": [1.5]}, "1.5 sd"),
        ("fusion", {"K": 2}, "K = 2"),
        ("family", LITTLE | {"sample": 7, "K": 16}, "sample 7"),
        ("training", {"n_train": 200, "n_test": 60, "step": 12, "beta": 1.0}, "step 12"),
    ],
)
def test_the_notebook_runs(tmp_path: Path, name: str, parameters: dict[str, object], said: str) -> None:
    result = run_notebook(NOTEBOOKS / f"{name}.ipynb", tmp_path, parameters)
    assert result.failure is None, result.failure
    assert result.metrics
    assert result.notebook.stat().st_size < 1_000_000
    cells = nbformat.read(result.notebook, as_version=4).cells
    shown = next(cell for cell in cells if "interactive" in cell.metadata.get("tags", []))
    printed = [output.data for output in shown.outputs if "image/svg+xml" in output.get("data", {})]
    assert len(printed) == 1
    assert said in printed[0]["image/svg+xml"]
    assert "image/jpeg" in printed[0]
    assert not any("widget" in kind for kind in printed[0])
