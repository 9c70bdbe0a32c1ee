"""How much of each sample was counted."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mopoe.checks import first_indices
from mopoe.likelihoods.base import positive
from mopoe.reading.tensors import read_tensor


def library_sizes(counts: Any, typical: float | None = None) -> Tensor:
    """Total count of each sample over a typical one: ``size_factors={"rna": library_sizes(counts)}``.

    A size that is computed from the counts themselves is no knowledge beside them: with it p(x|z), and so p(x), is a
    density of counts *given about how many there are in total*. It compares models that use the same sizes, not one
    with sizes and one without.

    Args:
        counts: (B, \\*dims); a sample of NaN alone is missing.
        typical: total of a sample of size 1; by default the median of these samples. For test data give that of the
            training data, ``train.sum(1).median()``.

    Returns:
        (B,) in double precision; NaN where a sample is missing.

    Raises:
        TypeError: no array of numbers.
        ValueError: negative or infinite numbers, single entries that are NaN, or samples without any count.
    """
    counts = read_tensor(counts, "counts")
    if counts.ndim < 2:
        raise ValueError(f"counts: expected a batch axis and others, got shape {tuple(counts.shape)}")
    rows = counts.flatten(1).double()
    missing = rows.isnan().all(1)
    seen = rows[~missing]
    if not bool(torch.isfinite(seen).all()) or bool((seen < 0).any()):
        raise ValueError("counts: expected finite numbers of at least 0, or NaN in all entries of a sample")
    totals = rows.sum(1)
    if bool((totals == 0).any()):
        raise ValueError(
            f"counts: samples {first_indices(totals == 0)} have none; leave them out, or mask them"
        )
    return totals / (totals.nanquantile(0.5) if typical is None else positive(float(typical), "typical"))
