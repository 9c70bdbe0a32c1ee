"""A world with one thing that all modalities show, and things that only one of them shows."""

from __future__ import annotations

import torch

from ...datasets.checks import checked_count, checked_number
from ...datasets.linear_gaussian.world import LinearGaussian


def shared_and_private(
    n_modalities: int = 3,
    private: float = 1.0,
    shared: float = 1.0,
    noise: float = 0.5,
    private_dim: int = 2,
) -> LinearGaussian:
    r"""All of it in one latent z = (s, w_1, …, w_M), as models without private latents have it.

    .. math:: x_m = (a\,s,\; t\,w_m) + \sigma \epsilon_m, \qquad s, w_m \sim N(0, I)

    The columns of every loading are orthogonal, so every posterior is diagonal, and the product of the right experts
    is exact.

    Args:
        n_modalities: M, named ``x0``, ``x1``, ….
        private: t, the standard deviation of what only one modality shows; 0 for none.
        shared: a, that of what all show.
        noise: σ.
        private_dim: numbers in each w_m.

    Returns:
        The model, with a latent of 1 + M · ``private_dim`` numbers.

    Raises:
        TypeError: an option of the wrong type.
        ValueError: an option out of range; the message names it.
    """
    n, size = checked_count("n_modalities", n_modalities), checked_count("private_dim", private_dim)
    if checked_number("private", private) < 0:
        raise ValueError(f"private: expected a number >= 0, got {private}")
    names = [f"x{m}" for m in range(n)]
    loadings = {}
    for m, name in enumerate(names):
        loading = torch.zeros(1 + size, 1 + n * size, dtype=torch.float64)
        loading[0, 0] = checked_number("shared", shared)
        loading[1:, 1 + m * size : 1 + (m + 1) * size] = private * torch.eye(size, dtype=torch.float64)
        loadings[name] = loading
    offsets = {name: torch.zeros(1 + size, dtype=torch.float64) for name in names}
    return LinearGaussian(loadings, offsets, dict.fromkeys(names, checked_number("noise", noise)))
