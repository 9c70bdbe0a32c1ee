"""State of the fusion playground: what sensors read, what experts make of it, and how experts are fused."""

from __future__ import annotations

from typing import Any

from traitlets import Float, Int, List, TraitError, Unicode, validate

from ...widgets.state import PRIOR_EXPERTS, ExplorerState, one_of, within

MODALITIES = ("sight", "sound", "touch")
#: Every reading and every mean lies within this distance of 0.
REACH = 3.0
#: Least and greatest standard deviation of an expert, and of a sensor's noise.
WIDTHS, NOISE = (0.15, 2.0), (0.2, 2.0)
MOST_K = 64

# Names of lists with one number a modality → the least and the greatest number.
_LIMITS = {
    "means": (-REACH, REACH),
    "means_up": (-REACH, REACH),
    "readings": (-REACH, REACH),
    "readings_up": (-REACH, REACH),
    "widths": WIDTHS,
    "noise": NOISE,
}


def _one_each(*values: float) -> List:
    return List(Float(), default_value=list(values))


class FusionState(ExplorerState):
    """Three sensors read one hidden z; an expert turns each reading into a Gaussian.

    ``readings`` and ``noise`` are the truth, ``means`` and ``widths`` what the experts say, in the order of
    ``MODALITIES``; widths and noise are standard deviations, alike in all directions. Names that end in ``_up``
    are second coordinates and matter in two ``dimensions`` alone. ``expert`` is the one that sliders move.
    """

    continuous = frozenset({*_LIMITS, "K"})

    dimensions = Int(1)
    shown = List(Unicode(), default_value=list(MODALITIES))
    means = _one_each(0.7, 1.0, 1.3)
    means_up = _one_each(0.9, 0.2, 0.5)
    widths = _one_each(0.6, 0.6, 0.6)
    readings = _one_each(0.7, 1.0, 1.3)
    readings_up = _one_each(0.9, 0.2, 0.5)
    noise = _one_each(0.6, 0.6, 0.6)
    prior_expert = Unicode("all")
    K = Int(8)
    expert = Unicode(MODALITIES[0])
    seed = Int(0)

    @validate("dimensions")
    def _one_or_two(self, proposal: Any) -> int:
        return within("dimensions", proposal["value"], 1, 2)

    @validate("shown")
    def _some_modalities(self, proposal: Any) -> list[str]:
        unknown = [name for name in proposal["value"] if name not in MODALITIES]
        if unknown:
            raise TraitError(f"shown: expected modalities among {list(MODALITIES)}, got {unknown[0]!r}")
        if not proposal["value"]:
            raise TraitError("shown: expected at least one modality, got none: nothing would be fused")
        return [name for name in MODALITIES if name in proposal["value"]]

    @validate(*_LIMITS)
    def _one_number_each(self, proposal: Any) -> list[float]:
        name, values = proposal["trait"].name, proposal["value"]
        if len(values) != len(MODALITIES):
            raise TraitError(f"{name}: expected one number for each of {', '.join(MODALITIES)}, got {values}")
        return [within(name, value, *_LIMITS[name]) for value in values]

    @validate("prior_expert")
    def _known_policy(self, proposal: Any) -> str:
        return one_of("prior_expert", proposal["value"], PRIOR_EXPERTS)

    @validate("expert")
    def _known_expert(self, proposal: Any) -> str:
        return one_of("expert", proposal["value"], MODALITIES)

    @validate("K")
    def _some_draws(self, proposal: Any) -> int:
        return within("K", proposal["value"], 1, MOST_K)

    def value_of(self, name: str, modality: str) -> float:
        """One modality's number in the list ``name``."""
        return getattr(self, name)[MODALITIES.index(modality)]

    def move(self, modality: str, **values: float) -> None:
        """Change one modality's number in each of the named lists, to the nearest that is allowed."""
        place = MODALITIES.index(modality)
        changed = {}
        for name, value in values.items():
            least, greatest = _LIMITS[name]
            numbers = list(getattr(self, name))
            numbers[place] = round(min(max(value, least), greatest), 2)
            changed[name] = numbers
        self.update(changed)

    def toggled(self, modality: str) -> list[str]:
        """What would be shown with one modality more, or one less."""
        return [name for name in MODALITIES if (name in self.shown) != (name == modality)]
