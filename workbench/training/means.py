"""Means over samples of terms that are means over batches."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mopoe import ModelOutput

_Sums = dict[str, tuple[float, int]]  # term → sum and weight


class Means:
    """Weighted means of scalar tensors, summed in float64 where they are; holds numbers, never a graph."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._weights: dict[str, int] = {}

    def add(self, output: ModelOutput, n: int) -> None:
        """The loss and its terms, means over ``n`` samples."""
        self.add_term("loss", output.loss, n)
        for term, value in output.metrics.items():
            self.add_term(term, value, n)

    def add_term(self, term: str, value: Tensor, weight: int) -> None:
        """One value of ``term``."""
        self._sums[term] = self._sums.get(term, 0) + weight * value.detach().to(torch.float64)
        self._weights[term] = self._weights.get(term, 0) + weight

    def read(self, gather: Callable[[_Sums], list[_Sums]] = lambda sums: [sums]) -> dict[str, float]:
        """Term → mean.

        Args:
            gather: finds the sums of all processes that share the samples.
        """
        own = {term: (total.item(), self._weights[term]) for term, total in self._sums.items()}
        sums: dict[str, list[tuple[float, int]]] = {}
        for part in gather(own):
            for term, pair in part.items():
                sums.setdefault(term, []).append(pair)
        return {term: sum(s for s, _ in pairs) / sum(n for _, n in pairs) for term, pairs in sums.items()}
