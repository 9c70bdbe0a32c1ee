"""Which seeds a check runs every notebook with."""

from __future__ import annotations

import re


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
