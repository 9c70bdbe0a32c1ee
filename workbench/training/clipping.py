"""The norm of a gradient, and a limit to it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


def clipped_norm(weights: Sequence[nn.Parameter], limit: float | None) -> Tensor:
    """2-norm of the gradient of all weights together; beyond ``limit`` the gradient is scaled down to it.

    Without a limit the gradient stays as it is: one that broke in one place is not spread over all the others.

    Args:
        weights: with or without a gradient.
        limit: of the norm, or ``None``.

    Returns:
        The norm before.
    """
    norm = nn.utils.get_total_norm([weight.grad for weight in weights if weight.grad is not None])
    if limit is not None:
        nn.utils.clip_grads_with_norm_(weights, limit, norm)
    return norm
