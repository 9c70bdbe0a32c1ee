"""Observable state of an explorer: plain data, no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from traitlets import HasTraits, Int, List, TraitError, Unicode, validate


class SubsetState(HasTraits):
    """Which sample, which modalities are shown, and which noise.

    Args:
        modalities: all names, in order.
        n_samples: size of the data set.
    """

    sample = Int(0)
    shown = List(Unicode())
    n_draws = Int(5)
    seed = Int(0)

    def __init__(self, modalities: Sequence[str], n_samples: int, **values: Any) -> None:
        self.modalities = list(modalities)
        self.n_samples = n_samples
        unknown = [name for name in values if name not in self.trait_names()]
        if unknown:
            raise ValueError(f"state: expected {sorted(self.trait_names())}, got {unknown[0]!r}")
        super().__init__(**values)

    @validate("sample")
    def _sample_exists(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] < self.n_samples:
            raise TraitError(f"sample: expected 0 to {self.n_samples - 1}, got {proposal['value']}")
        return proposal["value"]

    @validate("shown")
    def _modalities_exist(self, proposal: Any) -> list[str]:
        unknown = [name for name in proposal["value"] if name not in self.modalities]
        if unknown:
            raise TraitError(f"shown: expected modalities among {self.modalities}, got {unknown[0]!r}")
        return [name for name in self.modalities if name in proposal["value"]]

    @validate("n_draws")
    def _draws_positive(self, proposal: Any) -> int:
        if proposal["value"] < 1:
            raise TraitError(f"n_draws: expected at least 1, got {proposal['value']}")
        return proposal["value"]

    def to_dict(self) -> dict[str, Any]:
        """The state as plain data: ``explore_subsets(model, dataset, **state.to_dict())`` shows the same."""
        return {name: getattr(self, name) for name in sorted(self.trait_names())}
