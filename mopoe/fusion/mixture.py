"""The subsets that a batch is explained with: configured ones, or some that were drawn."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .selection import deal_components, select_components


@dataclass(frozen=True, eq=False)
class SubsetMixture:
    """The components of a batch's mixture.

    Attributes:
        membership: (S, M), or (S, B, M) where each sample has subsets of its own; boolean.
        prior_experts: where a N(0, I) expert joins the product: (S,), or (S, B); boolean.
        weights: (S, B), columns sum to 1; ``None`` where all components weigh the same, 1/S.
        binary_order: (S,), of a whole power set: its rows sorted so that row i − 1 holds the modalities at the
            set bits of i; ``None`` for any other choice of subsets.
    """

    membership: Tensor
    prior_experts: Tensor
    weights: Tensor | None = None
    binary_order: Tensor | None = None

    def __len__(self) -> int:
        return len(self.membership)

    @property
    def by_sample(self) -> bool:
        """Whether samples differ in their subsets or weights, as where modalities are missing."""
        return self.weights is not None or self.membership.ndim == 3

    def dense_weights(self, length: int, dtype: torch.dtype) -> Tensor:
        """(S, B), whether they differ or not."""
        if self.weights is not None:
            return self.weights.to(dtype)
        return torch.full((len(self), length), 1 / len(self), dtype=dtype, device=self.membership.device)

    def select(self, length: int, generator: torch.Generator | None) -> Tensor:
        """One component a sample, (B,); see :func:`mopoe.fusion.selection.select_components`."""
        if self.weights is not None:
            return select_components(self.weights, generator)
        return deal_components(len(self), length, self.membership.device, generator)

    def taken(self, components: Tensor) -> SubsetMixture:
        """The one component of each sample, as a mixture: S = 1."""
        samples = torch.arange(len(components), device=components.device)
        own = (components, samples)
        membership = self.membership[own if self.membership.ndim == 3 else components]
        prior_experts = self.prior_experts[own if self.prior_experts.ndim == 2 else components]
        return SubsetMixture(membership[None], prior_experts[None])

    def within(self, held: list[int]) -> SubsetMixture:
        """The same of some modalities alone, without subsets of which nothing is left."""
        membership = self.membership[..., held]
        if membership.ndim == 3:
            return SubsetMixture(membership, self.prior_experts, self.weights)
        rows = membership.any(1)
        weights = None if self.weights is None else self.weights[rows]
        return SubsetMixture(membership[rows], self.prior_experts[rows], weights)

    def rows(self, start: int, stop: int) -> SubsetMixture:
        """The mixtures of a slice of the batch."""
        return SubsetMixture(
            self.membership[:, start:stop] if self.membership.ndim == 3 else self.membership,
            self.prior_experts[:, start:stop] if self.prior_experts.ndim == 2 else self.prior_experts,
            None if self.weights is None else self.weights[:, start:stop],
            self.binary_order,
        )
