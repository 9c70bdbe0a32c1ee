"""Values of single examples, kept beside the numbers that they are averaged to."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..files import write_whole
from ..uncertainty import standard_error

_ROUNDING = 1e-5  # relative: a mean taken in float32


def read_examples(
    name: str, per_example: Iterable[float], value: float, n: int | None
) -> tuple[np.ndarray, dict[str, Any]]:
    """The values as an array (n,), and their number and standard error of the mean.

    Raises:
        ValueError: fewer than two, not one-dimensional, not finite, not ``n``, or ``value`` is not their mean.
    """
    values = np.asarray(per_example if hasattr(per_example, "__len__") else list(per_example), dtype=float)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"record({name!r}): expected per_example as (n,), n ≥ 2, got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"record({name!r}): per_example has {(~np.isfinite(values)).sum()} not finite")
    if n is not None and n != len(values):
        raise ValueError(f"record({name!r}): n is {n}, but per_example has {len(values)} values")
    if abs(values.mean() - value) > _ROUNDING * max(abs(values).max(), 1e-30):
        raise ValueError(f"record({name!r}): {value} is not the mean of per_example, {values.mean()}")
    return values, {"n": len(values), "standard_error": float(standard_error(values))}


def write_examples(path: Path, examples: Mapping[str, Any]) -> None:
    """Write all of them, by name; a reader never sees half a file."""

    def write(unfinished: Path) -> None:
        # As savez_compressed, but it takes a number called "file" for an argument of its own.
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, values in examples.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(values), allow_pickle=False)

    write_whole(path, write)
