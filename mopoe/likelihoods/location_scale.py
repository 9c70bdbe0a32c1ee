"""Densities on ℝ around a location: normal and Laplace, and what Student's t has in common with them."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from .base import Likelihood, check_finite
from .parameters import PositiveParameter

# Up to here a Laplace density is rounded off at its peak: less than any number beside it can tell.
_ROUNDED = 1e-30


class LocationScaleLikelihood(Likelihood):
    r"""A density around a location; support ℝ.

    ``recon`` is the location or, where the scale is predicted, location and :math:`r` on the last axis, with
    scale = floor + :math:`e^r`.

    Args:
        scale: a number; a tensor that broadcasts to one sample; ``"learned"`` (one), ``"learned_per_entry"``, or
            ``"predicted"`` by the decoder.
        floor: bound of a scale that is learned or predicted, 0.001 by default.
        dims: shape of one sample, where it is known.
    """

    zero_in_support = True
    #: Power of the difference that its distance is, if it is one: then the scale can be left out of the sum.
    degree: ClassVar[int | None] = None

    def __init__(
        self, scale: Any = 1.0, floor: float | None = None, dims: Sequence[int] | None = None
    ) -> None:
        super().__init__()
        self.scale = PositiveParameter(scale, "scale", dims, floor)

    def __str__(self) -> str:
        return f"{self.word}, {self.scale}"

    def recon_dims(self, dims: Sequence[int]) -> tuple[int, ...]:
        return (*dims, 2) if self.scale.predicted else tuple(dims)

    @abstractmethod
    def distance(self, location: Tensor, target: Tensor) -> Tensor:
        """What is added up over entries, for two tensors of one shape: ln p falls with it."""

    @abstractmethod
    def log_density(self, distance: Tensor, n: int | Tensor) -> Tensor:
        """ln p, at scale 1, of ``n`` entries whose distances sum to ``distance``."""

    def inverse(self, scale: Tensor | float) -> Tensor | float:
        """What differences are multiplied with before their distance is taken."""
        return 1 / scale

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        location, scale = self._read(recon)
        return self.log_density(self._scaled_distance(location, target, scale), 1) - _log(scale)

    def total(
        self, recon: Tensor, target: Tensor, entries: Tensor | None = None, leading_axes: int | None = None
    ) -> Tensor:
        leading = recon.shape[: self.leading_axes(recon, target) if leading_axes is None else leading_axes]
        location, scale = self._read(recon)
        if entries is not None:
            location = location.where(entries, target)
        many = isinstance(scale, Tensor) and scale.ndim > 0
        if self.degree is None or many:
            distances = self._scaled_distance(location, target, scale).reshape(*leading, -1).sum(-1)
        else:
            # One scale for all divides their sum: every pass over all entries of a batch of images counts.
            each = self.distance(*torch.broadcast_tensors(location, target))
            distances = each.reshape(*leading, -1).sum(-1)
            for _ in range(self.degree):
                distances = distances * self.inverse(scale)
        n: int | Tensor = math.prod(target.shape[1:])
        if entries is not None:
            n = entries.reshape(len(entries), -1).sum(-1, dtype=distances.dtype)
        log_scales = self._log_scales(scale, target.shape[1:], entries) if many else n * _log(scale)
        return self.log_density(distances, n) - log_scales

    def _scaled_distance(self, location: Tensor, target: Tensor, scale: Tensor | float) -> Tensor:
        difference = (location - target) * self.inverse(scale)
        return self.distance(difference, difference.new_zeros(()).expand_as(difference))

    def _log_scales(self, scale: Tensor | float, dims: Sequence[int], entries: Tensor | None) -> Tensor:
        r"""Sum of ln scale over the observed entries: (\*, B), (B,), or () where it is one for all samples."""
        each = torch.as_tensor(_log(scale))
        each = each if self.scale.predicted else each.expand(*dims)
        if entries is not None:
            each = each.where(entries, 0)
        return each.reshape(*each.shape[: each.ndim - len(dims)], -1).sum(-1)

    def _read(self, recon: Tensor) -> tuple[Tensor, Tensor | float]:
        """Location and scale."""
        scale = self.scale
        if scale.number is not None:
            return recon, scale.number
        if not scale.predicted:
            return recon, scale()
        location, raw = recon.unbind(-1)
        return location, scale(raw)

    def mean(self, recon: Tensor) -> Tensor:
        return recon[..., 0] if self.scale.predicted else recon

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        location, scale = self._read(recon)
        return location + scale * self.standard_noise(location, generator)

    @abstractmethod
    def standard_noise(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        """Draws of location 0 and scale 1, in the shape of ``like``."""

    def check(self, target: Tensor) -> None:
        check_finite(target)


class NormalLikelihood(LocationScaleLikelihood):
    """N(location, scale²)."""

    word = "normal"
    degree = 2

    def distance(self, location: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(location, target, reduction="none")

    def log_density(self, distance: Tensor, n: int | Tensor) -> Tensor:
        return -0.5 * distance - n * (0.5 * math.log(2 * math.pi))

    def standard_noise(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        return torch.empty_like(like).normal_(generator=generator)


class LaplaceLikelihood(LocationScaleLikelihood):
    """Laplace(location, scale)."""

    word = "laplace"
    degree = 1

    def distance(self, location: Tensor, target: Tensor) -> Tensor:
        # The absolute difference, and its derivative, in one pass each; l1_loss takes two.
        return F.smooth_l1_loss(location, target, reduction="none", beta=_ROUNDED)

    def log_density(self, distance: Tensor, n: int | Tensor) -> Tensor:
        return -distance - n * math.log(2)

    def standard_noise(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        # The difference of two exponentials.
        one, other = (torch.empty_like(like).exponential_(generator=generator) for _ in range(2))
        return one - other


def _log(scale: Tensor | float) -> Tensor | float:
    return scale.log() if isinstance(scale, Tensor) else math.log(scale)
