"""From runs of one notebook, one a seed, to the numbers of its metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from workbench.running.store import StoredRun

from .numbers import Numbers


def gather(runs: Mapping[int, StoredRun]) -> dict[str, Numbers]:
    """Metric → its numbers over the seeds; only metrics that all runs recorded.

    Args:
        runs: seed → run.
    """
    first = next(iter(runs.values()))
    names = [name for name in first.metrics if all(name in run.metrics for run in runs.values())]
    examples = {seed: _examples(run) for seed, run in runs.items()}
    return {
        name: Numbers.of_entries(
            {seed: run.metrics[name] for seed, run in runs.items()},
            examples={
                seed: (json.dumps(run.data, sort_keys=True), examples[seed][name])
                for seed, run in runs.items()
                if name in examples[seed]
            },
            by_examples=all(name in of_seed for of_seed in examples.values()),
        )
        for name in names
    }


def _examples(run: StoredRun) -> dict[str, np.ndarray]:
    if not run.examples.is_file():
        return {}
    with np.load(run.examples, allow_pickle=False) as kept:
        return {name: kept[name] for name in kept.files}
