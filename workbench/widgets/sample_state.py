"""A sample of a data set, and what of it a model is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from traitlets import Int, List, TraitError, Unicode, validate

from .state import ExplorerState, within


class SampleState(ExplorerState):
    """Which sample, which of its modalities the model sees, and which noise.

    Args:
        modalities: all names, in order.
        n_samples: size of the data set.
        values: starting values.
    """

    continuous = frozenset({"sample"})
    named = frozenset({"shown"})

    sample = Int(0)
    shown = List(Unicode())
    seed = Int(0)

    def __init__(self, modalities: Sequence[str], n_samples: int, **values: Any) -> None:
        self.modalities = list(modalities)
        self.n_samples = n_samples
        super().__init__(**values)

    def _context(self) -> dict[str, Any]:
        return {"modalities": self.modalities, "n_samples": self.n_samples}

    @validate("sample")
    def _sample_exists(self, proposal: Any) -> int:
        return within("sample", proposal["value"], 0, self.n_samples - 1)

    @validate("seed")
    def _seed_fits(self, proposal: Any) -> int:
        return within("seed", proposal["value"], 0, 2**62)

    @validate("shown")
    def _modalities_exist(self, proposal: Any) -> list[str]:
        unknown = [name for name in proposal["value"] if name not in self.modalities]
        if unknown:
            raise TraitError(f"shown: expected modalities among {self.modalities}, got {unknown[0]!r}")
        return [name for name in self.modalities if name in proposal["value"]]

    def toggle(self, name: str) -> None:
        """Show a modality to the model, or no longer."""
        others = [shown for shown in self.shown if shown != name]
        self.shown = others if name in self.shown else [*others, name]
