"""Where the prior is an expert: one rule for truth values and for tensors of them."""

from __future__ import annotations

import pytest
import torch

from mopoe.fusion.prior_expert import PRIOR_EXPERTS, prior_expert_joins
from workbench.widgets.state import PRIOR_EXPERTS as OFFERED

EXPECTED = {"full": [False, True], "all": [True, True], "none": [False, False]}


@pytest.mark.parametrize("policy", PRIOR_EXPERTS)
def test_the_prior_joins_the_full_product_every_product_or_none(policy: str) -> None:
    assert [prior_expert_joins(policy, full) for full in (False, True)] == EXPECTED[policy]
    full = torch.tensor([[False, True]] * 3)
    joins = prior_expert_joins(policy, full)
    assert joins.dtype == torch.bool
    assert joins.tolist() == [EXPECTED[policy]] * 3
    assert full.tolist() == [[False, True]] * 3


def test_explorers_offer_the_same_policies() -> None:
    """Their states are written without the library, which they must not import."""
    assert OFFERED == PRIOR_EXPERTS
