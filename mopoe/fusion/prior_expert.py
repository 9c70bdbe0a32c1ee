"""Where the prior joins a product of experts as one expert more."""

from __future__ import annotations

from typing import TypeVar

from torch import Tensor

PRIOR_EXPERTS = ("full", "all", "none")

Flags = TypeVar("Flags", bool, Tensor)


def prior_expert_joins(policy: str, full: Flags) -> Flags:
    """Whether a N(0, I) expert joins products of experts.

    Args:
        policy: ``MoPoEConfig.prior_expert``: one of ``PRIOR_EXPERTS``.
        full: of each product, whether it is that of the full subset; also where modalities are missing and
            only a part of it was observed. One truth value, or a boolean tensor of any shape.

    Returns:
        As ``full``.
    """
    if policy == "full":
        return full
    return full | True if policy == "all" else full & False
