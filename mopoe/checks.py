"""Checks of plain arguments that several modules share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor


def check_count(value: Any, what: str) -> None:
    """Raise unless ``value`` is a whole number of at least 1; the message names ``what``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what}: expected a whole number, got {value!r}")
    if value < 1:
        raise ValueError(f"{what}: expected at least 1, got {value}")


def check_choice(value: Any, what: str, choices: Sequence[str]) -> None:
    """Raise ``ValueError`` unless ``value`` is one of ``choices``; the message names ``what``."""
    if value not in choices:
        raise ValueError(f"{what}: expected one of {', '.join(map(repr, choices))}, got {value!r}")


def first_indices(flags: Tensor, start: int = 0) -> str:
    """The first ten true positions of a boolean vector, counted from ``start``, as text for a message."""
    positions = (flags.nonzero().flatten() + start).tolist()
    more = f" and {len(positions) - 10} more" if len(positions) > 10 else ""
    return f"{positions[:10]}{more}"
