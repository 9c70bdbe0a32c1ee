"""Densities on ℝ around a location: normal and Laplace."""

from __future__ import annotations

import math
from abc import abstractmethod

import torch
from torch import Tensor

from ..fusion.transforms import being_transformed
from .base import Likelihood, check_finite, positive


class LocationScaleLikelihood(Likelihood):
    """A density around a location, with a fixed scale: support ℝ."""

    zero_in_support = True

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = positive(scale, "scale")

    def __str__(self) -> str:
        return f"{self.word}, scale {self.scale:g}"

    @abstractmethod
    def distance(self, difference: Tensor, out: Tensor | None = None) -> Tensor:
        """What is added up over elements: ln p falls with it. Written to ``out`` if there is one."""

    @abstractmethod
    def log_density(self, distance: Tensor, n: int | Tensor) -> Tensor:
        """ln p of ``n`` elements whose distances sum to ``distance``."""

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return self.log_density(self.distance(recon - target), 1)

    def total(
        self, recon: Tensor, target: Tensor, entries: Tensor | None = None, leading_axes: int | None = None
    ) -> Tensor:
        # Scaled after the sum: every pass over all elements of a batch of images counts.
        leading = recon.shape[: recon.ndim - target.ndim + 1]
        difference = recon - target if entries is None else (recon - target).where(entries, 0)
        in_place = None if torch.is_grad_enabled() or being_transformed() else difference
        distances = self.distance(difference, in_place).reshape(*leading, -1).sum(-1)
        n = (
            math.prod(target.shape[1:])
            if entries is None
            else entries.reshape(len(entries), -1).sum(-1, dtype=distances.dtype)
        )
        return self.log_density(distances, n)

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return recon + self.scale * self.standard_noise(recon, generator)

    @abstractmethod
    def standard_noise(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        """Draws of location 0 and scale 1, in the shape of ``like``."""

    def check(self, target: Tensor) -> None:
        check_finite(target)


class NormalLikelihood(LocationScaleLikelihood):
    """N(recon, scale²)."""

    word = "normal"

    def distance(self, difference: Tensor, out: Tensor | None = None) -> Tensor:
        return torch.square(difference, out=out)

    def log_density(self, distance: Tensor, n: int | Tensor) -> Tensor:
        return -0.5 * (distance / self.scale) / self.scale - n * math.log(self.scale * math.sqrt(2 * math.pi))

    def standard_noise(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        return torch.empty_like(like).normal_(generator=generator)


class LaplaceLikelihood(LocationScaleLikelihood):
    """Laplace(recon, scale)."""

    word = "laplace"

    def distance(self, difference: Tensor, out: Tensor | None = None) -> Tensor:
        return torch.abs(difference, out=out)

    def log_density(self, distance: Tensor, n: int | Tensor) -> Tensor:
        return -distance / self.scale - n * math.log(2 * self.scale)

    def standard_noise(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        # The difference of two exponentials.
        one, other = (torch.empty_like(like).exponential_(generator=generator) for _ in range(2))
        return one - other
