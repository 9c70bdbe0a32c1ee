"""Noise of one's own beside that of others."""

from __future__ import annotations

import torch

from workbench.training.seeding import SeparateRandomState, seeded


def test_it_goes_on_where_it_stopped_and_leaves_the_other_alone() -> None:
    cpu = torch.device("cpu")
    with seeded(7, cpu):
        expected = torch.rand(5)
    torch.manual_seed(1)
    outside = torch.rand(4)
    torch.manual_seed(1)
    noise, found, kept = SeparateRandomState(7, cpu), [], []
    for _ in range(4):
        with noise():
            found.append(torch.rand(1))
        kept.append(torch.rand(1))
    with noise():
        found.append(torch.rand(1))
    assert torch.equal(torch.cat(found), expected)
    assert torch.equal(torch.cat(kept), outside)


def test_an_error_inside_gives_the_state_back() -> None:
    noise = SeparateRandomState(7, torch.device("cpu"))
    before = torch.get_rng_state()
    try:
        with noise():
            torch.rand(3)
            raise KeyError
    except KeyError:
        pass
    assert torch.equal(torch.get_rng_state(), before)
