"""``record_data``: which data a notebook's numbers are about."""

from __future__ import annotations

import json
from typing import Any, Protocol

from ..files import write_whole
from .run_files import DATA_FILE, run_folder

_digests: dict[str, str] = {}


class _Digestible(Protocol):
    def digest(self) -> str: ...


def record_data(**datasets: _Digestible) -> None:
    """Keep the digests of data sets: ``record_data(train=data.train, test=data.test)``.

    Runs are compared example by example only if they used the same data; a report says when they did not.

    Args:
        datasets: name → anything with a ``digest()``, as all data sets of the workbench have.

    Raises:
        TypeError: one has no ``digest()``.
    """
    for name, dataset in datasets.items():
        digest: Any = getattr(dataset, "digest", None)
        if not callable(digest):
            raise TypeError(f"record_data({name}=...): {type(dataset).__name__} has no digest()")
        _digests[name] = digest()
    folder = run_folder()
    if folder is not None:
        write_whole(folder / DATA_FILE, json.dumps(_digests, indent=2) + "\n")
