"""How far below ln p(x) an encoder must stay that does not see everything, in closed form."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ...datasets.linear_gaussian.world import LinearGaussian


def least_gap(model: LinearGaussian, given: Sequence[str]) -> float:
    r"""Mean of ln p(x) − L_S(x) over data of the model, for the best of all encoders q(z|x_S), in nats.

    The gap is E KL(q(z|x_S) ‖ p(z|x)). The posterior p(z|x) = N(m(x), V) has the same V for all x, and of m(x) the
    encoder knows E[m|x_S] only. The best q is N(E[m|x_S], V), and what it leaves is

    .. math:: \tfrac12 \mathrm{tr}\, V^{-1} \mathrm{Cov}(m | x_S) = \tfrac12 \mathrm{tr}\, V^{-1} (V_S - V),

    with V_S the covariance of p(z|x_S). It is zero if S holds all modalities, or the others say nothing new about z.

    Args:
        model: generates the data and decodes; β = 1, no rescaling.
        given: S, the modalities that the encoder sees; none for the prior in its place.
    """
    # The covariances depend on no data: one row of zeros stands for them.
    row = {name: torch.zeros(1, len(offset), dtype=torch.float64) for name, offset in model.offsets.items()}
    _, seen = model.posterior(row, list(given))
    _, exact = model.posterior(row)
    return 0.5 * float(torch.trace(torch.linalg.solve(exact, seen - exact)))
