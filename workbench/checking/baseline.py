"""What metrics were when people last agreed: ``baselines/NOTEBOOK/PLATFORM.json``, and examples beside it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench.files import write_whole
from workbench.notebook.examples import write_examples

from .metric_values import MetricValues

_FORMAT = 1


@dataclass(frozen=True)
class Baseline:
    """The baseline of one notebook and profile on one platform.

    Args:
        metrics: name → numbers over its seeds.
        facts: ``commit``, ``date``, ``reason``, ``seeds``, ``parameters``, ``provenance``, ``data`` (seed → name →
            digest).
    """

    metrics: dict[str, MetricValues]
    facts: dict[str, Any]


def read_baseline(folder: Path, platform: str, profile: str) -> Baseline | None:
    """The baseline in a folder; ``None`` if there is none of this platform and profile.

    Raises:
        ValueError: the file is no baseline that this version can read.
    """
    path = folder / f"{platform}.json"
    if not path.is_file():
        return None
    try:
        content = _read(path)["profiles"].get(profile)
        return None if content is None else _baseline(content, _examples_path(folder, platform, profile))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no baseline: {type(error).__name__} {error}") from None


def _baseline(content: dict[str, Any], examples_path: Path) -> Baseline:
    examples = _read_examples(examples_path)
    seeds, facts = content["seeds"], {name: value for name, value in content.items() if name != "metrics"}
    first_data = json.dumps(content["data"].get(str(seeds[0]), {}), sort_keys=True)
    metrics = {
        name: MetricValues(
            values=_by_seed(name, seeds, entry["values"]),
            errors=_by_seed(name, seeds, entry["errors"]) if entry["errors"] else {},
            n=entry["n"],
            compared=entry["compared"],
            margin=entry["margin"],
            better=entry["better"],
            unit=entry["unit"],
            examples={seeds[0]: (first_data, examples[name])} if name in examples else {},
            by_examples=entry["by_examples"],
        )
        for name, entry in content["metrics"].items()
    }
    return Baseline(metrics, facts)


def _by_seed(name: str, seeds: Sequence[int], numbers: Sequence[float]) -> dict[int, float]:
    if len(numbers) != len(seeds):
        raise TypeError(f"of {name}: expected {len(seeds)} numbers, one a seed, got {len(numbers)}")
    return dict(zip(seeds, numbers, strict=True))


def write_baseline(folder: Path, platform: str, profile: str, baseline: Baseline) -> None:
    """Write a baseline; that of other profiles stays."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{platform}.json"
    empty: dict[str, Any] = {"format": _FORMAT, "profiles": {}}
    content = _read(path) if path.is_file() else empty
    first = baseline.facts["seeds"][0]
    examples = {
        name: numbers.examples[first][1].astype(np.float32)
        for name, numbers in baseline.metrics.items()
        if first in numbers.examples
    }
    content["profiles"][profile] = baseline.facts | {
        "metrics": {name: _entry(numbers) for name, numbers in baseline.metrics.items()}
    }
    examples_path = _examples_path(folder, platform, profile)
    if examples:
        write_examples(examples_path, examples)
    else:
        examples_path.unlink(missing_ok=True)
    write_whole(path, json.dumps(content, indent=1, sort_keys=True) + "\n")


def _entry(numbers: MetricValues) -> dict[str, Any]:
    return {
        "values": list(numbers.values.values()),
        "errors": list(numbers.errors.values()) if len(numbers.errors) == len(numbers.values) else [],
        "n": numbers.n,
        "compared": numbers.compared,
        "margin": numbers.margin,
        "better": numbers.better,
        "unit": numbers.unit,
        "by_examples": numbers.by_examples,
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no baseline: {error}") from None
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise ValueError(f"{path} is no baseline of format {_FORMAT}")
    return content


def _examples_path(folder: Path, platform: str, profile: str) -> Path:
    return folder / f"{platform}.{profile}.npz"


def _read_examples(path: Path) -> Mapping[str, np.ndarray]:
    if not path.is_file():
        return {}
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name].astype(np.float64) for name in archive.files}
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} holds no examples of a baseline: {error}") from None
