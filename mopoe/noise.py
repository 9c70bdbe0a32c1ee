"""All that is random when the objective is evaluated, drawn beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from .family import Family


@dataclass(frozen=True, eq=False)
class Noise:
    """What :meth:`mopoe.MoPoE.draw_noise` drew for a batch.

    Drawn for a whole batch and cut by :meth:`rows`, it lets processes that share the batch see the very numbers
    that one process would.

    Attributes:
        family: the subsets; drawn too where the model samples them.
        components: (B,), each sample's component in the family.
        shared: (B, D), standard normal.
        private: modality → (B, D_m), likewise.
    """

    family: Family
    components: Tensor
    shared: Tensor
    private: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(self.components)

    def rows(self, start: int, stop: int) -> Noise:
        """The noise of a slice of the batch."""
        private = {name: noise[start:stop] for name, noise in self.private.items()}
        return Noise(
            self.family.rows(start, stop), self.components[start:stop], self.shared[start:stop], private
        )
