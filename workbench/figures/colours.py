"""One colour for each modality, the same in every figure: the palette of Okabe and Ito (2008)."""

from __future__ import annotations

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#7F6A00", "#555555")
INK, FAINT = "#1A1A1A", "#767676"


def modality_colours(names: list[str]) -> dict[str, str]:
    """Modality → colour, by position; the palette repeats after eight."""
    return {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(names)}
