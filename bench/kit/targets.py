"""What a row of the benchmarks should reach: in words, and as a judgement of what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Found = Mapping[str, Any]


@dataclass(frozen=True)
class Target:
    """``met`` says of a row whether it was reached; ``None`` where a contender was absent."""

    words: str
    met: Callable[[Found], bool | None]


def judged(row: Found, target: Target | None) -> dict[str, Any]:
    """The entries ``target`` and ``met`` of a row; what was disturbed is not judged."""
    if target is None:
        return {"target": "", "met": None}
    return {"target": target.words, "met": None if row.get("disturbed") else target.met(row)}


def at_most_limit(factor: float) -> Target:
    """Ours takes at most ``factor`` times the lower bound."""
    return Target(f"≤ {factor:.2f} × limit", lambda row: _of(row, "ours_over_limit", lambda r: r <= factor))


def faster_than_peer(factor: float) -> Target:
    """The peer takes at least ``factor`` times as long as ours."""
    return Target(f"≥ {factor:g} × faster", lambda row: _of(row, "peer_over_ours", lambda r: r >= factor))


def within(seconds: float) -> Target:
    """Ours takes at most so long."""
    return Target(f"< {seconds:g} s", lambda row: row["contenders"]["ours"]["wall_ms"] < 1e3 * seconds)


def _of(row: Found, ratio: str, holds: Callable[[float], bool]) -> bool | None:
    found = row["ratios"].get(ratio)
    return None if found is None else holds(found["median"])
