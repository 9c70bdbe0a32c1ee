"""Times as people write them."""

from __future__ import annotations

from datetime import datetime


def duration(seconds: float) -> str:
    """Such as ``"42 s"`` or ``"1 min 32 s"``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def local_time(iso: str) -> str:
    """A time in ISO format as local time, such as ``"23 November 2026, 13:40"``."""
    local = datetime.fromisoformat(iso).astimezone()
    return f"{local.day} {local:%B %Y, %H:%M}"
