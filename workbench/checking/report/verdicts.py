"""One look for each verdict, in every format of a report: a mark, a colour and a word."""

from __future__ import annotations

from ...drawing.colours import ALARM, FAINT, INK

#: Verdict → (mark, colour). The colours are told apart by all readers only together with mark and word.
VERDICT_LOOKS = {
    "worse": ("✗", ALARM),
    "missing": ("∅", ALARM),
    "inconclusive": ("?", "#9A5B00"),
    "new": ("+", "#0B5C91"),
    "better": ("★", "#00694C"),
    "same": ("✓", INK),
    "not judged": ("·", FAINT),
}


def verdict_mark(verdict: str) -> str:
    """One character."""
    return VERDICT_LOOKS[verdict][0]


def verdict_colour(verdict: str) -> str:
    """A colour that text can have on white."""
    return VERDICT_LOOKS[verdict][1]
