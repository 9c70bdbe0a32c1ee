"""Library sizes of counts, relative to a typical one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from workbench.datasets import library_sizes


def test_sizes_are_totals_over_their_median() -> None:
    counts = np.random.default_rng(0).poisson(4.0, (9, 5, 2))
    totals = counts.reshape(9, -1).sum(1)
    np.testing.assert_allclose(library_sizes(counts), totals / np.median(totals))
    np.testing.assert_allclose(library_sizes(counts, typical=20), totals / 20)


def test_a_missing_sample_has_no_size() -> None:
    counts = torch.tensor([[1.0, 2], [torch.nan, torch.nan], [0, 9]])
    torch.testing.assert_close(
        library_sizes(counts), torch.tensor([3.0, torch.nan, 9.0]).double() / 6, equal_nan=True
    )


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([[1.0, -1.0]], "at least 0"),
        ([[1.0, float("inf")]], "finite"),
        ([[1.0, float("nan")]], "NaN in all entries of a sample"),
        ([[0, 0], [1, 2]], r"samples \[0\] have none"),
        ([1.0, 2.0], "expected a batch axis and others"),
    ],
)
def test_what_has_no_size_is_refused(counts: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        library_sizes(counts)
    with pytest.raises(ValueError, match="typical: expected a positive number"):
        library_sizes([[1, 2]], typical=0)
