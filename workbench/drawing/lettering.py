"""Letters in pictures that Pillow draws: the face, and what fits where."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import ImageFont

SMALLEST = 8
#: Letters that are looked at, of a text of any length: more never fit.
LONGEST = 400


@cache
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The sans-serif face that matplotlib ships, so that every machine draws the same sheet."""
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)


def fitted(text: str, edge: int, largest: int) -> tuple[str, int]:
    """A text that fits a square of ``edge`` pixels, and the size of its letters, ``largest`` at most.

    A long line goes on below, at a space where there is one; what still does not fit ends in "…".
    """
    room = edge - 6
    given = (text if len(text) <= LONGEST else text[:LONGEST] + "…").split("\n")
    for size in range(max(largest, SMALLEST), SMALLEST - 1, -1):
        lines = [piece for line in given for piece in _folded(line, size, room)]
        # Pillow sets lines apart by the height of an A and the spacing.
        most = max(int((room + spacing(size)) / (font(size).getbbox("A")[3] + spacing(size))), 1)
        if len(lines) <= most and (len(lines) == len(given) or size <= (largest + SMALLEST) // 2):
            return "\n".join(lines), size
    last = "…" if len(given) > 1 else shortened(lines[most - 1] + "…", SMALLEST, room)
    return "\n".join([*lines[: most - 1], last]), SMALLEST


def spacing(size: int) -> int:
    """Pixels between lines of letters of that size."""
    return (size - SMALLEST) // 3


def fitted_line(line: str, room: float, largest: int, smallest: int = 11) -> tuple[str, int]:
    """A bold line that is no wider than ``room`` pixels, shortened if it must be, and the size of its letters."""
    for size in range(largest, smallest - 1, -1):
        if font(size, bold=True).getlength(line[:LONGEST]) <= room:
            return line[:LONGEST], size
    return shortened(line, smallest, room, bold=True), smallest


def shortened(line: str, size: int, room: float, bold: bool = False) -> str:
    """A line that is no wider than ``room`` pixels, with "…" in the place of what is left out."""
    face = font(size, bold)
    if face.getlength(line[:LONGEST]) <= room and len(line) <= LONGEST:
        return line
    kept = line[:LONGEST].removesuffix("…")
    while kept and face.getlength(kept + "…") > room:
        kept = kept[:-1]
    return kept + "…"


def _folded(line: str, size: int, room: float) -> list[str]:
    face, pieces = font(size), []
    while face.getlength(line) > room:
        fits = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or face.getlength(line[:n]) <= room)
        space = line.rfind(" ", 1, fits + 1)
        cut = space if space > 0 else fits
        pieces.append(line[:cut].rstrip())
        line = line[cut:].lstrip(" ")
    return [*pieces, line]
