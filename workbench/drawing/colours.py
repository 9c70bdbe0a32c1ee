"""One visual language: a colour and a place for each modality, one look for prior, expert and posterior."""

from __future__ import annotations

import numpy as np

#: The palette of Okabe and Ito (2008), for modalities, by position.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#7F6A00", "#555555")
INK, FAINT, LINE, GROUND, ALARM = "#1A1A1A", "#6B6B6B", "#DDDDDD", "#F4F4F4", "#B00020"
PRIOR = "#8A8A8A"
#: For families: product of experts, mixture of experts, MoPoE, one more. From the palette's end, as its beginning
#: stands for modalities.
FAMILY_COLOURS = (PALETTE[6], PALETTE[5], INK, PALETTE[7])

# Cividis at five places: one hue scale for all readers, dark for little and light for much.
_SCALE = np.array([[0, 34, 78], [65, 77, 107], [124, 123, 120], [188, 175, 111], [254, 232, 56]], float)


def modality_colours(names: list[str]) -> dict[str, str]:
    """Modality → colour, by position; the palette repeats after eight."""
    return {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(names)}


def shade(share: float) -> str:
    """A colour for a number in [0, 1]: dark blue for 0, yellow for 1."""
    place = float(np.clip(share, 0, 1)) * (len(_SCALE) - 1)
    low = min(int(place), len(_SCALE) - 2)
    red, green, blue = _SCALE[low] + (place - low) * (_SCALE[low + 1] - _SCALE[low])
    return f"#{round(red):02x}{round(green):02x}{round(blue):02x}"
