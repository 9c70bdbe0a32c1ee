"""The notebook on likelihoods runs with little training; its claims on the known model are checked in any run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from workbench.running.store import StoredRun

pytestmark = pytest.mark.notebook

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_poe_versus_mopoe_nll.ipynb"
SMALL = {"n_train": 200, "n_test": 8, "epochs": 1, "latent_dim": 3, "n_seeds": 2, "K": 32, "repeats": 6}


def test_the_notebook_runs(course_run: Callable[..., StoredRun]) -> None:
    run = course_run("05_poe_versus_mopoe_nll")
    assert run.finished, run.status["failure"]
    recorded, given = run.metrics, run.status["given"]
    assert abs(recorded["exact_model_error_mixture"]["value"]) < 0.02
    assert recorded["exact_model_error_one_component"]["value"] > 0.1
    for family in ("MVAE", "MMVAE", "MoPoE"):
        for proposal in ("mixture", "product", "refined"):
            entry = recorded[f"nll_{family}_{proposal}"]
            assert entry["unit"] == "nats" and entry["standard_error"] > 0 and entry["n"] == given["n_seeds"]
    assert recorded["nll_MoPoE_minus_MVAE_refined"]["n"] == given["n_test"] != given["n_seeds"]

    cells = {cell.id: cell for cell in nbformat.read(run.executed, as_version=4).cells}
    for shown in ("estimators", "ladder", "more-draws", "differences"):
        pictures = [output for output in cells[shown].outputs if "image/png" in output.get("data", {})]
        assert len(pictures) == 1, f"cell {shown!r} shows {len(pictures)} pictures"
    assert "laplace, scale 0.75" in cells["likelihoods"].outputs[0].data["text/html"]
    assert "not checked" in cells["check"].outputs[0].text
    assert run.executed.stat().st_size < 1_000_000


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"n_seeds": 1}, "n_seeds: expected at least 2"),
        ({"K": 50}, "K: expected a multiple of 4 from 16 on, to see it halved twice, got 50"),
    ],
)
def test_a_value_that_cannot_work_is_refused_before_anything_is_trained(
    refused: Callable[..., None], parameters: dict[str, object], said: str
) -> None:
    refused(NOTEBOOK, SMALL | parameters, said, untouched="exact-data")
