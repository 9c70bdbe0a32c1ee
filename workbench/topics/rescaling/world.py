"""A large view of one factor and a small view of another, to see which of them a narrow latent keeps."""

from __future__ import annotations

import torch
from torch import Tensor

from ...datasets.checks import checked_count
from ...datasets.linear_gaussian.world import LinearGaussian

NAMES = ("large", "small")


def large_and_small(dims: tuple[int, int] = (100, 2), seed: int = 0) -> LinearGaussian:
    r"""Two factors, z = (f, g): ``large`` shows f faintly in many numbers, ``small`` shows g clearly in few.

    .. math:: x_{large} = 0.3\, u f + 0.5\, \epsilon, \qquad x_{small} = 0.2\, v g + 0.1\, \epsilon

    with directions u and v of mean square 1. In a single number of ``small`` the signal is four times the noise's
    variance; in one of ``large`` it is about a third.

    Args:
        dims: numbers in ``large`` and in ``small``.
        seed: draws the directions.
    """
    generator = torch.Generator().manual_seed(seed)

    def direction(size: int) -> Tensor:
        values = torch.randn(checked_count("dims", size), dtype=torch.float64, generator=generator)
        return values / values.square().mean().sqrt()

    loadings = {
        name: torch.zeros(size, 2, dtype=torch.float64) for name, size in zip(NAMES, dims, strict=True)
    }
    loadings["large"][:, 0] = 0.3 * direction(dims[0])
    loadings["small"][:, 1] = 0.2 * direction(dims[1])
    offsets = {name: torch.zeros(size, dtype=torch.float64) for name, size in zip(NAMES, dims, strict=True)}
    return LinearGaussian(loadings, offsets, {"large": 0.5, "small": 0.1})
