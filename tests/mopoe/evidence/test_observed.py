"""A likelihood says of how many samples each modality is part, and which share of their entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from mopoe import IncompleteDataset, MoPoE
from mopoe.evidence.observed import Observed

N = 8


@pytest.fixture
def world(linear_world: Callable[..., Any]) -> Any:
    return linear_world(3, False, N)


def missing(world: Any) -> IncompleteDataset:
    """Three of eight samples lack the first modality; of the second half of the entries is missing in two samples."""
    first, second, third = world.data
    masks = {first: torch.arange(N) >= 3, third: torch.ones(N)}
    masks[second] = torch.ones(world.data[second].shape)
    width = masks[second].shape[1]
    masks[second][:2, : width // 2] = 0
    return IncompleteDataset(world.data, masks)


def words(world: Any) -> tuple[str, str]:
    _, second, _ = world.data
    width = world.data[second].shape[1]
    return "5 of 8", f"8 of 8, {1 - 2 * (width // 2) / (8 * width):.1%} of its entries"


def test_a_table_and_a_line_say_what_is_missing(world: Any) -> None:
    nll = world.model.estimate_nll(missing(world), K=20)
    (first, second, third), (of_first, of_second) = world.data, words(world)
    rows = dict(nll._rows())
    assert [rows[f"samples with {name}"] for name in (first, second, third)] == [
        of_first,
        of_second,
        "8 of 8",
    ]
    assert of_first in nll._repr_html_()
    assert repr(nll).endswith(f"; {first} in {of_first}; {second} in {of_second}")


def test_of_other_modalities_nothing_is_said(world: Any) -> None:
    first, second, third = world.data
    assert str(world.model.estimate_nll(missing(world), third, K=20).observed) == ""
    given = world.model.estimate_nll(missing(world)[3:], first, given=third, K=20)
    assert str(given.observed) == ""
    both = world.model.estimate_nll(missing(world), [second, third], K=20)
    assert list(both.observed.samples) == [second, third]


def test_complete_data_say_nothing_further(world: Any) -> None:
    whole = {name: torch.ones(N) for name in world.data}
    for inputs in (world.data, IncompleteDataset(world.data, whole)):
        nll = world.model.estimate_nll(inputs, K=20)
        assert "samples with" not in nll._repr_html_() and repr(nll) == f"{nll.quantity}: mean {nll.mean()}"
        assert (
            "; "
            not in world.model.estimate_bounds(inputs, K=2, repeats=20)._repr_html_().split("</caption>")[0]
        )


def test_what_is_made_of_an_estimate_says_so_too(world: Any) -> None:
    model: MoPoE = world.model
    nll, bounds = (
        model.estimate_nll(missing(world), K=20),
        model.estimate_bounds(missing(world), K=2, repeats=20),
    )
    made = [nll - model.estimate_nll(missing(world), K=20), nll.fewer_draws(10), bounds.generalised]
    assert [found.observed for found in made] == [nll.observed] * 3
    assert str(nll.observed) in bounds._repr_html_()


def test_a_modality_that_nobody_has_has_no_share_of_entries(world: Any) -> None:
    first, second, _ = world.data
    data = missing(world)
    data.masks[second][:] = False
    batch = world.model.read_inputs(data[3:])
    found = Observed.of(batch, [first, second])
    assert str(found) == f"{second} in 0 of 5"


def test_the_share_of_entries_is_that_of_the_samples_that_have_the_modality(world: Any) -> None:
    first, second, _ = world.data
    data = missing(world)
    share = 1 - float((~data.masks[second][:4]).double().mean())
    data.masks[second][4:] = False
    found = Observed.of(world.model.read_inputs(data), [first, second])
    assert found.samples == {first: 5, second: 4} and found.entries == {second: pytest.approx(share)}
