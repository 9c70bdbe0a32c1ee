"""The terms of one loss in one tensor: looked at together, summed together."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mopoe import ModelOutput

GRADIENT_NORM = "gradient_norm"


@dataclass(frozen=True, eq=False)
class Terms:
    """Loss, its terms and the norm of the gradient.

    Attributes:
        names: ``"loss"`` first, then the model's own, then ``"gradient_norm"`` where there is one.
        values: (T,) in float64, without a graph.
    """

    names: tuple[str, ...]
    values: Tensor

    @classmethod
    def of(cls, output: ModelOutput, gradient_norm: Tensor | None = None) -> Terms:
        """Of a model's output, and of the gradient of all weights together."""
        found = {"loss": output.loss, **output.metrics}
        if gradient_norm is not None:
            found[GRADIENT_NORM] = gradient_norm
        return cls(tuple(found), torch.stack([value.detach().to(torch.float64) for value in found.values()]))

    @property
    def finite(self) -> bool:
        """Whether all are: one look, as on an accelerator every look waits for the device."""
        return bool(self.values.isfinite().all())

    @property
    def loss(self) -> Tensor:
        """The loss, a scalar."""
        return self.values[0]

    def read(self) -> dict[str, float]:
        """Name → number."""
        return dict(zip(self.names, self.values.tolist(), strict=True))
