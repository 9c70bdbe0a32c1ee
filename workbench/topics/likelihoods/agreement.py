"""Whether two estimates of a likelihood, from two proposals, agree."""

from __future__ import annotations

from mopoe import NLLEstimate

from .arrays import Agreement

UNRELIABLE = 0.7


def agreement(estimate: NLLEstimate, reference: NLLEstimate) -> Agreement:
    """Hold two estimates of one quantity against each other, sample by sample.

    Above 0.7 the tail index k̂ says that the weights' variance cannot be estimated (Vehtari et al. 2024): neither
    value nor error of that sample can be believed.

    Raises:
        ValueError: not about one quantity, or not about the same samples in the same order.
    """
    gap = estimate - reference
    doubtful = (estimate.pareto_k > UNRELIABLE) | (reference.pareto_k > UNRELIABLE)
    return Agreement(
        quantity=reference.quantity,
        names=(estimate.proposal, reference.proposal),
        reference=reference.nll.cpu().numpy(),
        difference=gap.value.cpu().numpy(),
        error=gap.standard_error.cpu().numpy(),
        unreliable=doubtful.cpu().numpy(),
    )
