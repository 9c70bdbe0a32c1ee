"""From records of runs to means over seeds, and to differences paired by seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from mopoe import Summary
from workbench.uncertainty import diagnosis_over_seeds

from .arrays import FAMILY_ORDER, MeasuredRow
from .evidence import RunRecord
from .names import FAMILY, SEED, settings_of

_Entries = Mapping[str, Mapping[str, Any]]  # metric → its value and what is known of its error


def summarise(records: Sequence[RunRecord]) -> list[MeasuredRow]:
    """Every metric of every family and setting, over seeds alone.

    Args:
        records: of one notebook, with parameters ``family`` and ``seed``.

    Returns:
        Rows in the order MVAE, MMVAE, MoPoE, MultiVae, others; within a family in the order of the records.
    """
    return [
        _over_seeds(family, settings, list(runs.values()))
        for (family, settings), runs in _grouped(records).items()
    ]


def paired_differences(records: Sequence[RunRecord], first: str, second: str) -> list[MeasuredRow]:
    """``first`` less ``second`` in every metric that both have, paired by seed: one row a setting.

    Runs of one seed share data, weights at the start and batches, and what these do cancels in the difference. The
    error over images is that of two separate measurements; as both see the same images it is rather too large.

    Args:
        records: as :func:`summarise` takes them.
        first: a family.
        second: another.

    Raises:
        ValueError: a family is not among the records, or no seed is there for both under the same settings.
    """
    groups = _grouped(records)
    there = list(dict.fromkeys(family for family, _ in groups))
    for family in (first, second):
        if family not in there:
            raise ValueError(f"expected one of the families {', '.join(there)}, got {family!r}")
    rows = []
    for (family, settings), runs in groups.items():
        others = groups.get((second, settings), {})
        gaps = [_less(entries, others[seed]) for seed, entries in runs.items() if seed in others]
        if family == first and gaps:
            rows.append(_over_seeds(f"{first} − {second}", settings, gaps))
    if not rows:
        raise ValueError(f"{first} and {second} have no seed in common under the same settings")
    return rows


def dropout_cost(records: Sequence[RunRecord]) -> list[MeasuredRow]:
    """By how much coherence falls when the classifiers' dropout is left on, as ``dropout_cost_1``, ….

    It is ``coherence_k`` less ``coherence_legacy_k`` of the same runs.
    """
    return [
        _over_seeds(family, settings, [_legacy_gaps(entries) for entries in runs.values()])
        for (family, settings), runs in _grouped(records).items()
    ]


def rises(records: Sequence[RunRecord], metric: str) -> list[MeasuredRow]:
    """By how much a curve such as ``"coherence"`` rises from its first to its last place in each run, as ``rise``."""
    rows = []
    for row, runs in zip(summarise(records), _grouped(records).values(), strict=True):
        places = list(row.curve(metric))
        ends = {f"{metric}_{places[0]}", f"{metric}_{places[-1]}"} if len(places) > 1 else set()
        gaps = [
            _less({"rise": run[f"{metric}_{places[-1]}"]}, {"rise": run[f"{metric}_{places[0]}"]})
            for run in runs.values()
            if ends and ends <= set(run)
        ]
        if gaps:
            rows.append(_over_seeds(row.family, row.settings, gaps))
    return rows


def _grouped(records: Sequence[RunRecord]) -> dict[tuple[str, str], dict[int, _Entries]]:
    """Family and settings → seed → what that run measured."""
    for record in records:
        lacking = [name for name in (FAMILY, SEED) if name not in record.parameters]
        if lacking:
            raise ValueError(f"a run of {record.notebook} has no parameter {lacking[0]!r}")
    order = {family: place for place, family in enumerate(FAMILY_ORDER)}
    last = len(order)
    groups: dict[tuple[str, str], dict[int, _Entries]] = {}
    for record in sorted(records, key=lambda record: order.get(record.parameters[FAMILY], last)):
        settings = settings_of(record, records, without=(FAMILY, SEED))
        of_seeds = groups.setdefault((record.parameters[FAMILY], settings), {})
        of_seeds[record.parameters[SEED]] = record.metrics
    return groups


def _over_seeds(family: str, settings: str, runs: Sequence[_Entries]) -> MeasuredRow:
    """Each metric over those runs that have it."""
    values, image_errors = {}, {}
    for name in dict.fromkeys(name for entries in runs for name in entries):
        having = [entries[name] for entries in runs if name in entries]
        unit = next((entry["unit"] for entry in having if entry.get("unit")), "")
        of_runs = torch.tensor([entry["value"] for entry in having], dtype=torch.float64)
        diagnosis = diagnosis_over_seeds([entry.get("diagnosis", "") for entry in having])
        values[name] = replace(Summary.mean_of(of_runs, unit), diagnosis=diagnosis)
        errors = [entry["standard_error"] for entry in having if "standard_error" in entry]
        if errors:
            image_errors[name] = sum(errors) / len(errors)
    return MeasuredRow(family, settings, values, image_errors)


def _less(one: _Entries, other: _Entries) -> _Entries:
    """Differences in what both have."""
    gaps: dict[str, dict[str, Any]] = {}
    for name in one:
        if name in other:
            gaps[name] = {"value": one[name]["value"] - other[name]["value"], "unit": one[name].get("unit")}
            if "standard_error" in one[name] and "standard_error" in other[name]:
                error = math.hypot(one[name]["standard_error"], other[name]["standard_error"])
                gaps[name]["standard_error"] = error
            if doubt := one[name].get("diagnosis") or other[name].get("diagnosis"):
                gaps[name]["diagnosis"] = doubt
    return gaps


def _legacy_gaps(entries: _Entries) -> _Entries:
    legacy = {
        name.replace("coherence_legacy_", "dropout_cost_"): entry
        for name, entry in entries.items()
        if name.startswith("coherence_legacy_")
    }
    plain = {
        name.replace("coherence_", "dropout_cost_"): entry
        for name, entry in entries.items()
        if name.startswith("coherence_")
    }
    return _less(plain, legacy)
