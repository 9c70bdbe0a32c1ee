"""Means over samples of terms that are means over batches."""

from __future__ import annotations

import torch
from torch import Tensor

from mopoe import ModelOutput


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

    def read(self) -> dict[str, float]:
        """Term → mean."""
        return {term: total.item() / self._weights[term] for term, total in self._sums.items()}
