"""Text that every format can hold."""

from __future__ import annotations

import re

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# XML has no way to write these, and a terminal would obey some.
_UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def sanitised(text: str) -> str:
    """Without a terminal's colours; other characters that cannot be shown become ``�``."""
    return _UNPRINTABLE.sub("\ufffd", _COLOURS.sub("", text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    """The same on one line."""
    return " ".join(sanitised(text).split())
