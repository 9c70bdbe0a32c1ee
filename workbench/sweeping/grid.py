"""A grid of runs of one notebook: all combinations of the given values, checked before anything starts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.reading.parameters import ParameterError, check_parameters, read_parameters
from workbench.reading.source import Notebook, read_source
from workbench.running.job import Job, make_job

from .axis import read_axis

LARGEST_GRID = 1_000_000


@dataclass(frozen=True)
class Grid:
    """Runs that somebody wants.

    Args:
        axes: parameter → its values, in the order in which they were given.
        jobs: one for each combination; the last parameter changes fastest.
    """

    axes: dict[str, list[object]]
    jobs: list[Job]

    def __str__(self) -> str:
        return " × ".join(f"{name} ({len(values)})" for name, values in self.axes.items())

    def point(self, job: Job) -> dict[str, object]:
        """The job's values of the parameters that the grid names."""
        return {name: job.parameters[name] for name in self.axes}


def read_grid(notebook: Path | str, texts: Mapping[str, str], profile: str | None = None) -> Grid:
    """All combinations of the values that the texts name.

    Args:
        notebook: to be run.
        texts: parameter → its values, as :func:`~workbench.sweeping.axis.read_axis` reads them.
        profile: ``"fast"`` or ``"full"``; the texts go before it.

    Raises:
        FileNotFoundError, ValueError: no such notebook or profile, nothing to vary, or over a million runs.
        ParameterError: an unknown parameter, or a value of it that is wrong; the message names it.
    """
    if not texts:
        raise ValueError("nothing to sweep: give values of a parameter, such as -p seed=0..4")
    source = read_source(Path(notebook))
    axes = {name: _axis(source, name, text) for name, text in texts.items()}
    size = math.prod(len(values) for values in axes.values())
    if size > LARGEST_GRID:
        raise ValueError(f"the grid has {size} runs, more than {LARGEST_GRID}")
    # Notebook, code and machine are the same for all: they are looked at once.
    first = make_job(notebook, {name: values[0] for name, values in axes.items()}, profile)
    points = (dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))
    jobs = [
        replace(first, given=first.given | point, parameters=first.parameters | point) for point in points
    ]
    return Grid(axes, jobs)


def _axis(source: Notebook, name: str, text: str) -> list[object]:
    parameter = read_parameters(source).get(name)
    if parameter is None or not parameter.kind:
        check_parameters(source, {name: text})  # says what is wrong, and what there is
    assert parameter is not None
    try:
        return read_axis(parameter.kind, text)
    except ValueError as error:
        raise ParameterError(f"parameter {parameter}: {error}") from None
