"""One small JSON file a run: what was run, on what, and what it measured; nothing about whose machine it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from workbench.running.store import StoredRun

_FORMAT = 1
# Of what a run knows about its making; whatever else it may hold one day stays at home.
_PROVENANCE = ("notebook", "code", "commit", "versions", "platform", "threads", "device")


@dataclass(frozen=True)
class RunRecord:
    """A finished run, wherever it was made.

    Args:
        notebook: its name, without folder and suffix.
        parameters: name → value, all of them.
        metrics: name → ``value``, and where known ``standard_error``, ``n``, ``unit``, ``diagnosis``.
        data: name → digest of the data that the numbers are about.
        provenance: digests of notebook and code, commit, versions of Python and packages, platform.
        seconds: that the run took.
    """

    notebook: str
    parameters: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, Any]]
    data: Mapping[str, str]
    provenance: Mapping[str, Any]
    seconds: float

    @classmethod
    def of(cls, run: StoredRun) -> RunRecord:
        """The record of a run in its folder; of a path among its parameters the last name alone is kept."""
        status = run.status
        return cls(
            notebook=status["name"],
            parameters={name: _without_folders(value) for name, value in status["parameters"].items()},
            metrics=run.metrics,
            data=run.data,
            provenance={
                name: status["provenance"][name] for name in _PROVENANCE if name in status["provenance"]
            },
            seconds=float(status["seconds"]),
        )

    def to_json(self) -> str:
        """The record as it is written; the same run gives the same text."""
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=1, ensure_ascii=False) + "\n"

    def digest(self) -> str:
        """Changes with anything in the record."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def read_record(path: Path) -> RunRecord:
    """The record in a file.

    Raises:
        ValueError: it holds something else; the message says what is wrong.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from None
    if not isinstance(content, dict) or content.pop("format", None) != _FORMAT:
        raise ValueError(f'{path} is no evidence of a run: expected "format": {_FORMAT}')
    expected = list(RunRecord.__dataclass_fields__)
    if set(content) != set(expected):
        raise ValueError(f"{path}: expected {', '.join(expected)}, got {', '.join(content)}")
    return RunRecord(**content)


def _without_folders(value: Any) -> Any:
    """``value`` with each absolute path in it cut to its last name."""
    if isinstance(value, list):
        return [_without_folders(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_folders(item) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    for kind in (PurePosixPath, PureWindowsPath):
        path = kind(value)
        if path.is_absolute() or value.startswith("~"):
            return path.name
    return value
