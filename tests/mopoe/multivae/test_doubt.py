"""MultiVae's names return tensors, which cannot say that they must not be believed: a warning does."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch

CALLS: dict[str, Callable[..., Any]] = {
    "compute_joint_nll": lambda world, **options: world.model.compute_joint_nll(world.data, **options),
    "compute_joint_nll_paper": lambda world, **options: world.model.compute_joint_nll_paper(
        world.data, **options
    ),
    "compute_cond_nll": lambda world, **options: world.model.compute_cond_nll(
        world.data, "a", "b", **options
    ),
}


@pytest.mark.parametrize("method", CALLS)
def test_too_few_effective_draws_are_told_by_a_warning(method: str, linear_world: Callable[..., Any]) -> None:
    bad = linear_world(3, length=20, widening=0.5, shift=3.0)
    words = rf"^{method}: not to be believed: \d+ of 20 samples have fewer than 10 effective draws \(k̂ is not"
    with pytest.warns(UserWarning, match=words) as caught:
        CALLS[method](bad, K=500, generator=torch.Generator().manual_seed(0))
    [warning] = caught
    first = CALLS[method].__code__.co_firstlineno
    assert warning.filename == __file__ and first <= warning.lineno <= first + 2, "the line of the call"


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize(("widening", "shift", "K"), [(2.0, 0.1, 500), (0.5, 3.0, 24)])
def test_a_good_proposal_or_few_draws_are_no_reason_for_one(
    method: str, widening: float, shift: float, K: int, linear_world: Callable[..., Any]
) -> None:
    world = linear_world(3, length=20, widening=widening, shift=shift, prior_expert="none")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CALLS[method](world, K=K, generator=torch.Generator().manual_seed(0))
