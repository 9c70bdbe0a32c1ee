from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import Subset

from mopoe import MultimodalBaseDataset
from workbench.training.scale.ranges import Range, held_in_tensors, ranges_of, remedies, spaced


def masked(data, masks) -> MultimodalBaseDataset:
    dataset = MultimodalBaseDataset(data)
    dataset.masks = {name: torch.as_tensor(mask) for name, mask in masks.items()}
    return dataset


def range_of(x, mask=None) -> Range | None:
    dataset = MultimodalBaseDataset({"x": x}) if mask is None else masked({"x": x}, {"x": mask})
    return ranges_of(dataset).get("x")


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.uint8]),
    st.sampled_from(["none", "samples", "entries", "nan"]),
)
def test_ends_and_root_mean_square_are_those_of_what_was_observed(seed, dtype, kind) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = (torch.rand(30, 2, 3, generator=generator) * 200).to(dtype)
    seen = torch.rand(30, 2, 3, generator=generator) < 0.6
    if kind == "samples":
        seen = seen[:, 0, 0]
    if kind == "nan":
        if not dtype.is_floating_point:
            return
        found, numbers = range_of(x.where(seen, torch.nan)), x[seen]
    elif kind == "none":
        found, numbers = range_of(x), x
    else:
        shape = (-1, *[1] * (3 - seen.ndim)) if seen.ndim == 1 else seen.shape
        hidden = x if not dtype.is_floating_point else x.where(seen.reshape(shape), torch.inf)
        found, numbers = range_of(hidden, seen), x[seen]
    numbers = numbers.double().numpy()
    assert (found.low, found.high) == (numbers.min(), numbers.max())
    assert found.root_mean_square == pytest.approx(np.sqrt(np.square(numbers).mean()))
    assert found.whole == (numbers == np.round(numbers)).all()


@pytest.mark.parametrize("scale", [1e-30, 1e30, 1e200])
def test_numbers_of_any_size_are_measured(scale) -> None:
    x = torch.tensor([[-1.0], [2.0]], dtype=torch.float64) * scale
    found = range_of(x)
    assert found.root_mean_square == pytest.approx(scale * 2.5**0.5)
    assert found.far == (scale > 1)


def test_flags_and_what_nobody_observed_have_no_range() -> None:
    assert range_of(torch.ones(4, 2, dtype=torch.bool)) is None
    assert range_of(torch.full((4, 2), torch.nan)) is None
    assert range_of(torch.ones(4, 2), torch.zeros(4, dtype=torch.bool)) is None
    assert range_of(torch.zeros(4)).root_mean_square == 0


@pytest.mark.parametrize(
    ("x", "far"),
    [
        (torch.randn(1000, 5, generator=torch.Generator().manual_seed(0)), False),
        (torch.full((5, 2), 19.0), False),
        (torch.full((5, 2), 21.0), True),
        (torch.tensor([[0.0], [-51.0], *[[0.0]] * 98]), True),
        (torch.log1p(torch.tensor([[1e8], [1e5]])), False),
    ],
)
def test_what_is_far(x, far) -> None:
    assert range_of(x).far is far


def test_far_columns_of_a_table_are_named_and_nothing_under_a_mask() -> None:
    x = torch.zeros(6, 5)
    x[2, 1], x[3, 4] = -70, 1e6
    seen = torch.ones(6, 5, dtype=torch.bool)
    assert range_of(x, seen).columns == (1, 4)
    seen[3, 4] = False
    assert range_of(x, seen).columns == (1,)
    assert str(range_of(x, seen)) == ("modality 'x': numbers from -70 to 0, root mean square 13, in column 1")
    assert range_of(torch.full((6, 5), 99.0)).columns == (0, 1, 2, 3, 4)
    assert str(range_of(torch.full((6, 5), 99.0))).endswith("in columns 0, 1, 2 and 2 more")
    assert range_of(x.reshape(6, 1, 5)).columns == ()


def test_the_remedy_suits_the_numbers() -> None:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (10, 1, 8, 8), generator=generator, dtype=torch.uint8)
    counts = torch.poisson(torch.full((10, 3), 900.0), generator=generator)
    income = torch.randn(500, 2, generator=generator).mul(2).exp() * 1000
    signed = torch.randn(10, 2, generator=generator) * 1000
    found = ranges_of(MultimodalBaseDataset({"p": pixels, "c": counts, "s": signed}))
    assert found["p"].pixels
    assert not found["c"].pixels
    assert [found[name].step for name in "cs"] == ["log1p", "standardise"]
    assert range_of(income).step == "log1p"
    assert remedies(found.values()) == (
        "Remedy: divide the pixels of 'p' by 255; standardise or log1p, by the scaler that "
        "workbench.datasets.fit_scaler(train, {'c': 'log1p', 's': 'standardise'}) makes; "
        "or, if 'c' are counts, the likelihood 'negative_binomial' or 'poisson'"
    )


def test_samples_that_are_made_when_asked_for_are_looked_at_as_they_come() -> None:
    class Halved(MultimodalBaseDataset):
        def __getitem__(self, index):
            return {"x": self.data["x"][index] / 2}

    plain, halved = (kind({"x": torch.arange(5000.0)}) for kind in (MultimodalBaseDataset, Halved))
    assert held_in_tensors(plain) is plain
    assert ranges_of(held_in_tensors(halved))["x"].high == 4999 / 2
    assert len(held_in_tensors(halved)) == 256
    assert ranges_of(held_in_tensors(Subset(plain, range(100, 110))))["x"].low == 100
    assert ranges_of(held_in_tensors([{"x": torch.tensor(3.0)}, {"x": torch.tensor(-4.0)}]))["x"].low == -4


def test_bytes_that_are_read_as_shares_of_255_are_not_far() -> None:
    pixels = torch.full((4, 2, 2), 255, dtype=torch.uint8)
    assert ranges_of(MultimodalBaseDataset({"x": pixels}, unit_interval="x")) == {}
    assert ranges_of(MultimodalBaseDataset({"x": pixels}))["x"].far


@given(st.integers(1, 5000), st.integers(1, 100))
def test_rows_are_evenly_spaced(n, at_most) -> None:
    rows = spaced(n, at_most)
    assert len(rows) == min(n, at_most)
    assert rows[0] == 0
    assert n == 1 or at_most == 1 or rows[-1] == n - 1
    assert at_most == 1 or len(rows) < 3 or rows.diff().max() - rows.diff().min() <= 1
