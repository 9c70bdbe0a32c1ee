"""All that can be wrong with a check, found before anything runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.running.job import Job, make_job
from workbench.running.provenance import platform_name

from .baseline import Baseline, read_baseline
from .targets import Target, find_targets

SEED = "seed"


@dataclass(frozen=True)
class PlannedNotebook:
    """A notebook of a check, with the runs that it needs.

    Args:
        target: the notebook.
        jobs: seed → run; a notebook without a parameter ``seed`` is run once, as seed 0 whatever the seeds are.
        baseline: what it is compared with; ``None`` if there is nothing yet.
    """

    target: Target
    jobs: dict[int, Job]
    baseline: Baseline | None


def plan_check(
    paths: Sequence[Path], profile: str, seeds: Sequence[int], platform: str | None = None
) -> list[PlannedNotebook]:
    """Read and check all notebooks, parameters and baselines.

    Args:
        paths: notebooks and folders; none for all below ``notebooks``.
        profile: ``"fast"`` or ``"full"``.
        seeds: of the runs of each notebook.
        platform: whose baselines to compare with; by default this one's.

    Raises:
        FileNotFoundError: no such notebook.
        ValueError: a notebook has no such profile, or a baseline cannot be read; the message names the file.
    """
    planned = []
    for target in find_targets(paths):
        try:
            jobs = jobs_of(target, profile, seeds)
        except ValueError as error:
            raise type(error)(f"{target.path}: {error}") from None
        baseline = read_baseline(target.baseline_folder, platform or platform_name(), profile)
        planned.append(PlannedNotebook(target, jobs, baseline))
    return planned


def jobs_of(target: Target, profile: str, seeds: Sequence[int]) -> dict[int, Job]:
    """Seed → run; a notebook without a seed is run once, as seed 0.

    Raises:
        ValueError: the notebook has no such profile.
    """
    unseeded = make_job(target.path, {}, profile)
    if SEED not in unseeded.parameters:
        return {0: unseeded}
    return {seed: make_job(target.path, {SEED: seed}, profile) for seed in seeds}


def read_seeds(text: str) -> list[int]:
    """``"3"`` is the first three, 0, 1 and 2; ``"5..9"`` is 5 to 9.

    Raises:
        ValueError: neither, or no seed at all.
    """
    found = re.fullmatch(r"(?:(\d+)\.\.)?(\d+)", text.strip())
    if not found:
        raise ValueError(f"--seeds: expected a number such as 3, or a range such as 5..9, got {text!r}")
    first, last = found.groups()
    seeds = list(range(int(last))) if first is None else list(range(int(first), int(last) + 1))
    if not seeds:
        raise ValueError(f"--seeds: {text!r} holds no seed")
    return seeds
