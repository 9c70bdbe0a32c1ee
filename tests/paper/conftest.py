"""Runs that nobody made: their numbers are simple ones, to be recomputed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.paper.results.evidence import RunRecord

LEVELS = {"MVAE": 0.2, "MMVAE": 0.6, "MoPoE": 0.5, "MultiVae": 0.5}
RISES = {"MVAE": 0.1, "MMVAE": 0.0, "MoPoE": 0.1, "MultiVae": 0.1}
PROVENANCE = {
    "notebook": "a" * 64,
    "code": "c" * 64,
    "commit": {"sha": "d" * 40, "dirty": False},
    "versions": {"python": "3.11.9", "torch": "2.6.0"},
    "platform": "linux-x86_64",
    "threads": "1",
}


def fake_metrics(family: str, seed: int) -> dict[str, dict[str, Any]]:
    """Coherence level + rise · (k − 1) + 0.01 · seed; with dropout on it is 0.05 lower."""
    start, rise = LEVELS[family], RISES[family]
    values = {f"coherence_{k}": start + rise * (k - 1) + 0.01 * seed for k in range(1, 5)}
    values |= {f"coherence_legacy_{k}": values[f"coherence_{k}"] - 0.05 for k in range(1, 5)}
    values |= {f"latent_accuracy_{k}": 0.9 + 0.01 * k - 0.001 * seed for k in range(1, 6)}
    values |= {"joint_coherence_prior": 0.1, "joint_coherence_mixture": 0.2 + 0.02 * seed}
    values |= {"frechet_prior": 30.0 + seed, "frechet_mixture": 20.0, "classifier_accuracy": 0.98}
    values |= {"nll": 9000.0 + 2 * seed, "step_milliseconds": 80.5, "training_seconds": 600.0}
    return {
        name: {"value": value}
        | ({"standard_error": 0.004, "n": 1000} if "coherence" in name else {})
        | ({"unit": "nats"} if name == "nll" else {})
        for name, value in values.items()
    }


def fake_record(family: str = "MoPoE", seed: int = 0, **parameters: Any) -> RunRecord:
    return RunRecord(
        notebook="polymnist",
        parameters={"family": family, "seed": seed, "epochs": 3, "photographs": ["a", "b"]} | parameters,
        metrics=fake_metrics(family, seed),
        data={"test": "e" * 64},
        provenance=PROVENANCE,
        seconds=650.0,
    )


def write_run(folder: Path, record: RunRecord, state: str = "finished", **facts: Any) -> None:
    """A folder as a run leaves it."""
    status = {
        "state": state,
        "started": "2025-01-01T00:00:00+00:00",
        "seconds": record.seconds,
        "failure": None,
        "name": record.notebook,
        "parameters": dict(record.parameters),
        "given": {},
        "provenance": dict(record.provenance),
        "cells": [],
    }
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(status | facts))
    (folder / "metrics.json").write_text(json.dumps(dict(record.metrics)))
    (folder / "data.json").write_text(json.dumps(dict(record.data)))


@pytest.fixture
def record_of() -> Callable[..., RunRecord]:
    return fake_record


@pytest.fixture
def run_in() -> Callable[..., None]:
    return write_run


@pytest.fixture
def records() -> list[RunRecord]:
    """Four families, three seeds; the first in no order."""
    return [
        fake_record(family, seed) for seed in (1, 0, 2) for family in ("MoPoE", "MVAE", "MultiVae", "MMVAE")
    ]
