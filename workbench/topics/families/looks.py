"""How each way to fuse experts is drawn: as the family that fuses so."""

from __future__ import annotations

from ...drawing.family_marks import FAMILY_LOOKS
from .names import FUSIONS

FUSION_LOOKS = {name: FAMILY_LOOKS[family.place] for name, family in FUSIONS.items()}
