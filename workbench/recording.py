"""Numbers that a notebook claims: shown at once, and kept as JSON beside the executed notebook."""

from __future__ import annotations

import json
import math
import os
from numbers import Real
from pathlib import Path
from typing import Any

#: The runner sets this for one kernel alone: the folder of the run that the kernel belongs to.
RUN_FOLDER_VARIABLE = "WORKBENCH_RUN_FOLDER"
METRICS_FILE = "metrics.json"

_recorded: dict[str, dict[str, Any]] = {}


def record(
    name: str,
    value: float,
    *,
    unit: str | None = None,
    standard_error: float | None = None,
    n: int | None = None,
) -> None:
    """Show a number and keep it.

    In ``workbench run`` all numbers recorded so far are written to ``metrics.json`` beside the executed
    notebook, after each call. In a notebook opened by hand the number is shown and kept in memory; there a
    cell may be run again and replaces its number.

    Args:
        name: what was measured; once a run.
        value: a finite number (of a tensor or array: its ``.item()``).
        unit: such as ``"nats"``; none for a proportion.
        standard_error: of ``value``, not negative.
        n: how many samples ``value`` is an average of.

    Raises:
        TypeError: ``value``, ``standard_error`` or ``n`` is no number, or a name or unit is no text.
        ValueError: a number is not finite, negative where it cannot be, or ``name`` was recorded in this run.
    """
    if not isinstance(name, str) or not isinstance(unit, str | None):
        raise TypeError(f"record: expected name and unit as text, got {name!r} and {unit!r}")
    if not name.strip():
        raise ValueError("record: expected a name, got an empty one")
    entry: dict[str, Any] = {"value": _finite(name, "value", value)}
    if unit is not None:
        entry["unit"] = unit
    if standard_error is not None:
        entry["standard_error"] = _finite(name, "standard_error", standard_error)
        if standard_error < 0:
            raise ValueError(f"record({name!r}): standard_error must not be negative, got {standard_error}")
    if n is not None:
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(f"record({name!r}): expected n as int, got {type(n).__name__}")
        if n < 1:
            raise ValueError(f"record({name!r}): n must be at least 1, got {n}")
        entry["n"] = n
    folder = run_folder()
    if folder is not None and name in _recorded:
        raise ValueError(f"record: {name!r} was recorded before in this run, as {_recorded[name]['value']}")
    _recorded[name] = entry
    if folder is not None:
        _write(folder / METRICS_FILE)
    print(_in_words(name, entry))


def run_folder() -> Path | None:
    """Folder of the run that this kernel belongs to; ``None`` in a notebook opened by hand."""
    folder = os.environ.get(RUN_FOLDER_VARIABLE)
    return Path(folder) if folder else None


def _finite(name: str, what: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        hint = "; pass its .item()" if hasattr(value, "item") else ""
        raise TypeError(f"record({name!r}): expected {what} as a number, got {type(value).__name__}{hint}")
    if not math.isfinite(value):
        raise ValueError(f"record({name!r}): expected a finite {what}, got {value}")
    return float(value)


def _write(path: Path) -> None:
    # A reader never sees half a file: the rename is one step.
    unfinished = path.with_suffix(".json.part")
    unfinished.write_text(json.dumps(_recorded, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(path)


def _in_words(name: str, entry: dict[str, Any]) -> str:
    words = f"{name} = {entry['value']:.6g}"
    if "standard_error" in entry:
        words += f" ± {entry['standard_error']:.2g}"
    if "unit" in entry:
        words += f" {entry['unit']}"
    return words + (f"  (n = {entry['n']})" if "n" in entry else "")
