"""Student's t: a location-scale density with heavy tails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .gamma_functions import log_rising_power
from .location_scale import LocationScaleLikelihood
from .parameters import PositiveParameter

#: Degrees of freedom that are learned stay above it, so that draws have a variance.
LEAST = 2.0


class StudentTLikelihood(LocationScaleLikelihood):
    r"""Student's t with ν degrees of freedom around a location.

    .. math:: \ln p(x) = \ln\frac{\Gamma(\frac{\nu+1}{2})}{\Gamma(\frac\nu 2)} - \tfrac12\ln(\nu\pi) - \ln s
              - \tfrac{\nu+1}{2}\ln\Big(1 + \frac{(x - \mu)^2}{\nu s^2}\Big)

    Its mean is the location where ν > 1, and its standard deviation :math:`s\sqrt{\nu/(\nu-2)}` where ν > 2.

    Args:
        degrees_of_freedom: ν, a number, or ``"learned"``: one for all entries, above 2.
        scale: s, as that of ``normal``.
        floor: as that of ``normal``.
        dims: shape of one sample, where it is known.
    """

    word = "student_t"

    def __init__(
        self,
        degrees_of_freedom: float | str = 4.0,
        scale: Any = 1.0,
        floor: float | None = None,
        dims: Sequence[int] | None = None,
    ) -> None:
        super().__init__(scale, floor, dims)
        what, learned = "degrees_of_freedom", degrees_of_freedom == "learned"
        bound = LEAST if learned else None
        self.degrees_of_freedom = PositiveParameter(degrees_of_freedom, what, floor=bound, found=["learned"])
        if self.degrees_of_freedom.given is not None:
            shape = tuple(self.degrees_of_freedom.given.shape)
            raise ValueError(f"{what}: expected one number for all entries or 'learned', got shape {shape}")

    def __str__(self) -> str:
        return f"{self.word}, {str(self.degrees_of_freedom).replace('_', ' ')}, {self.scale}"

    def inverse(self, scale: Tensor | float) -> Tensor | float:
        return super().inverse(scale) * self.degrees_of_freedom() ** -0.5

    def distance(self, location: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(location, target, reduction="none").log1p()

    def log_density(self, distance: Tensor, n: int | Tensor) -> Tensor:
        freedom = self.degrees_of_freedom()
        exact = torch.as_tensor(freedom, dtype=torch.float64)
        constant = log_rising_power(exact / 2, torch.full_like(exact, 0.5)) - 0.5 * math.log(2 * math.pi)
        return n * constant.to(distance.dtype) - 0.5 * (freedom + 1) * distance

    def standard_noise(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        half = torch.full_like(like, 0.5) * self.degrees_of_freedom()
        normal = torch.empty_like(like).normal_(generator=generator)
        return normal * (half / torch._standard_gamma(half, generator=generator)).sqrt()
