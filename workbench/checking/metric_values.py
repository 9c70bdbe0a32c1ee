"""One metric as one or more runs recorded it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from workbench.running.store import StoredRun
from workbench.uncertainty import diagnosis_over_seeds


@dataclass(frozen=True)
class MetricValues:
    """The values of one metric by seed.

    Args:
        values: seed → value.
        errors: seed → standard error, of those that were recorded with one.
        n: examples behind each value; ``None`` if that was not recorded.
        compared: ``"exactly"``, ``"within"`` or ``"not"``; see :func:`workbench.record`.
        margin: the largest difference that does not matter; ``None`` unless compared within.
        better: ``"lower"``, ``"higher"`` or ``None``.
        unit: empty for a proportion.
        examples: seed → (data, values (n,)): what the value is the mean of, and a digest of the data they are
            about; not kept for every seed.
        diagnoses: seed → why its value must not be believed, of those that must not; a baseline keeps none.
        by_examples: whether the examples were recorded: then they, not the seeds, are the independent repeats.
    """

    values: dict[int, float]
    errors: dict[int, float]
    n: int | None
    compared: str
    margin: float | None = None
    better: str | None = None
    unit: str = ""
    examples: dict[int, tuple[str, np.ndarray]] = field(default_factory=dict)
    diagnoses: dict[int, str] = field(default_factory=dict)
    by_examples: bool = False

    @classmethod
    def of_entries(cls, entries: Mapping[int, Mapping[str, Any]], **more: Any) -> Self:
        """From what ``metrics.json`` of each seed's run says; all but the values is the first one's."""
        first = next(iter(entries.values()))
        return cls(
            values={seed: entry["value"] for seed, entry in entries.items()},
            errors={
                seed: entry["standard_error"] for seed, entry in entries.items() if "standard_error" in entry
            },
            n=first.get("n"),
            compared=first["compared"],
            margin=first.get("margin"),
            better=first.get("better"),
            unit=first.get("unit", ""),
            diagnoses={seed: entry["diagnosis"] for seed, entry in entries.items() if "diagnosis" in entry},
            **more,
        )

    @property
    def diagnosis(self) -> str:
        """Why the mean must not be believed: the first seed's words, and how many seeds have some; or empty."""
        return diagnosis_over_seeds([self.diagnoses.get(seed, "") for seed in self.values])

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return float(np.mean(list(self.values.values())))

    def mean_of(self, seeds: Sequence[int]) -> float:
        """Over these seeds; over all if there are none."""
        return float(np.mean(self.at(seeds))) if seeds else self.mean

    def at(self, seeds: Sequence[int]) -> list[float]:
        """Values at these seeds."""
        return [self.values[seed] for seed in seeds]


def gather_metrics(runs: Mapping[int, StoredRun]) -> dict[str, MetricValues]:
    """Metric → its numbers over the seeds; only metrics that all runs recorded.

    Args:
        runs: seed → run.
    """
    first = next(iter(runs.values()))
    names = [name for name in first.metrics if all(name in run.metrics for run in runs.values())]
    examples = {seed: _examples(run) for seed, run in runs.items()}
    return {
        name: MetricValues.of_entries(
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
