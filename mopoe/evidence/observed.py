"""Of how many samples each modality is part, where something is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..inputs import Inputs


@dataclass(frozen=True)
class Observed:
    """What of the samples behind a number was observed; ``str()`` says what is missing, nothing where nothing is.

    Attributes:
        length: number of samples.
        samples: modality → number of samples that show something of it.
        entries: modality → share of the entries of those samples; only where some of them are missing.
    """

    length: int
    samples: Mapping[str, int]
    entries: Mapping[str, float]

    @classmethod
    def of(cls, batch: Inputs, names: Sequence[str]) -> Observed:
        """What ``batch`` shows of the modalities ``names``."""
        masks = batch.masks or {}
        samples = {name: int(masks[name].sum()) if masks else batch.length for name in names}
        shares = {
            name: float(batch.entries[name][masks[name]].double().mean())
            for name in names
            if name in batch.entries and samples[name]
        }
        return cls(batch.length, samples, {name: share for name, share in shares.items() if share < 1})

    def rows(self) -> list[tuple[str, str]]:
        """Modality in words, and of how many samples it is part: for a table; none where nothing is missing."""
        return [(f"samples with {name}", self._share(name)) for name in self.samples] if str(self) else []

    def __str__(self) -> str:
        lacking = [name for name, n in self.samples.items() if n < self.length or name in self.entries]
        return "; ".join(f"{name} in {self._share(name)}" for name in lacking)

    def _share(self, name: str) -> str:
        of_them = f", {self.entries[name]:.1%} of its entries" if name in self.entries else ""
        return f"{self.samples[name]} of {self.length}{of_them}"
