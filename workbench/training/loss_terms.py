"""The terms of a loss in one tensor, looked at together, and their means over samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mopoe import ModelOutput

GRADIENT_NORM = "gradient_norm"
_Sums = dict[str, tuple[float, int]]  # term → sum and weight


@dataclass(frozen=True, eq=False)
class LossTerms:
    """Loss, its terms and the norm of the gradient.

    Attributes:
        names: ``"loss"`` first, then the model's own, then ``"gradient_norm"`` where there is one.
        values: (T,) in float64, without a graph.
    """

    names: tuple[str, ...]
    values: Tensor

    @classmethod
    def of(cls, output: ModelOutput, gradient_norm: Tensor | None = None) -> LossTerms:
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


class MeanTerms:
    """Weighted means of terms, summed in float64 where they are; holds numbers, never a graph.

    Terms of the loss weigh as many samples as they are means of, the norm of the gradient one step.
    """

    def __init__(self) -> None:
        # Those of one set of names are summed in one tensor; models of others may name other terms in each step.
        self._sums: dict[tuple[str, ...], Tensor] = {}
        self._weights: dict[tuple[str, ...], list[int]] = {}
        self._factors: dict[tuple[tuple[str, ...], int], Tensor] = {}

    def add(self, terms: LossTerms, n: int) -> None:
        """The terms of a batch of ``n`` samples."""
        names = terms.names
        weights = [1 if name == GRADIENT_NORM else n for name in names]
        if (names, n) not in self._factors:
            factors = torch.tensor(weights, dtype=torch.float64, device=terms.values.device)
            self._factors[names, n] = factors
        weighted = terms.values * self._factors[names, n]
        self._sums[names] = self._sums.get(names, 0) + weighted
        before = self._weights.get(names, [0] * len(names))
        self._weights[names] = [sum(pair) for pair in zip(before, weights, strict=True)]

    def read(self, gather: Callable[[_Sums], list[_Sums]] = lambda sums: [sums]) -> dict[str, float]:
        """Term → mean.

        Args:
            gather: finds the sums of all processes that share the samples.
        """
        own: _Sums = {}
        for names, total in self._sums.items():
            for name, part, weight in zip(names, total.tolist(), self._weights[names], strict=True):
                total_before, weight_before = own.get(name, (0.0, 0))
                own[name] = (total_before + part, weight_before + weight)
        sums: dict[str, list[tuple[float, int]]] = {}
        for part_of_all in gather(own):
            for name, pair in part_of_all.items():
                sums.setdefault(name, []).append(pair)
        return {name: sum(s for s, _ in pairs) / sum(n for _, n in pairs) for name, pairs in sums.items()}
