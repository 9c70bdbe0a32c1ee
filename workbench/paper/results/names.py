"""What runs differ in, as names of files and as words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .evidence import RunRecord

FAMILY, SEED = "family", "seed"
_LONGEST = 40


def varying(records: Sequence[RunRecord]) -> list[str]:
    """Parameters that do not have one value in all runs, family and seed first."""
    names = dict.fromkeys(name for record in records for name in record.parameters)
    vary = [
        name for name in names if len({json.dumps(record.parameters.get(name)) for record in records}) > 1
    ]
    return sorted(vary, key=lambda name: (name != FAMILY, name != SEED))


def file_names(records: Sequence[RunRecord]) -> list[str]:
    """A name for each run, such as ``"MoPoE-seed0"``: its family and seed, and what else varies."""
    others = [name for name in varying(records) if name not in (FAMILY, SEED)]
    return ["-".join(_parts(record.parameters, others)) for record in records]


def settings_of(record: RunRecord, records: Sequence[RunRecord], *, without: Sequence[str] = ()) -> str:
    """The values of a run in what varies, as ``"beta = 2.5, seed = 0"``; empty if nothing does."""
    return ", ".join(
        f"{name} = {_words(record.parameters.get(name))}" for name in varying(records) if name not in without
    )


def _parts(parameters: Mapping[str, Any], others: Sequence[str]) -> list[str]:
    parts = [_safe(_words(parameters[FAMILY]))] if FAMILY in parameters else []
    parts += [f"{SEED}{parameters[SEED]}"] if SEED in parameters else []
    parts += [f"{name}_{_safe(_words(parameters.get(name)))}" for name in others]
    return parts or ["run"]


def _safe(words: str) -> str:
    """A part of a name of a file; what cannot stand there, or is long, is told apart by a digest."""
    safe = re.sub(r"[^\w.]+", "_", words).strip("_")
    if safe == words and len(safe) <= _LONGEST:
        return safe
    return f"{safe[: _LONGEST - 7].strip('_')}_{hashlib.sha256(words.encode()).hexdigest()[:6]}"


def _words(value: object) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "+".join(value)
    return (
        value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else json.dumps(value)
    )
