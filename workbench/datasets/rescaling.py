"""How much the paper lets each modality's likelihood weigh, so that large ones do not drown the small."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mopoe.likelihoods import event_axes


def paper_rescaling(
    input_dims: Mapping[str, Sequence[int]],
    likelihoods: Mapping[str, Any],
    params: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, float]:
    r"""Modality → factor r_m on ln p(x_m|z), ready for ``MoPoEConfig(rescale_factors=...)``.

    .. math:: r_m = \max_k d_k / d_m

    d_m is the number of variables in x_m that the likelihood holds for independent given z: pixels times colours of
    an image, but *characters* of a text, whose one-hot axis is one categorical variable.  ``MoPoEConfig`` by itself
    counts every number, the one-hot ones too: 8 characters of 27 are 216 to it.

    Source: the experiments of Sutter et al. 2021 on MNIST–SVHN–Text, after their published code: 3072/784 for MNIST,
    1 for SVHN, 3072/8 for the text.

    Args:
        input_dims: modality → shape of one sample, such as ``Splits.input_dims``.
        likelihoods: modality → its likelihood, such as ``Splits.decoders_dist``; the last axis of a
            ``"categorical"`` modality is that of its categories.  A modality left out is not categorical.
        params: modality → what its likelihood is made with, such as ``Splits.decoder_dist_params``: with
            ``n_classes`` categorical data are ids, without an axis of categories.

    Raises:
        ValueError: no modalities, a likelihood for a modality without a shape, a categorical one without an axis,
            or an empty shape; the message names it.
    """
    if not input_dims:
        raise ValueError("paper_rescaling: expected the shape of some modalities, got none")
    unknown = [name for name in likelihoods if name not in input_dims]
    if unknown:
        raise ValueError(f"likelihoods: expected modalities among {list(input_dims)}, got {unknown[0]!r}")
    sizes = {
        name: _n_variables(name, dims, likelihoods.get(name), (params or {}).get(name))
        for name, dims in input_dims.items()
    }
    return {name: max(sizes.values()) / size for name, size in sizes.items()}


def _n_variables(name: str, dims: Sequence[int], likelihood: Any, params: Mapping[str, Any] | None) -> int:
    joined = event_axes(likelihood, params, dims, name)
    if len(dims) < joined:
        raise ValueError(
            f"input_dims[{name!r}]: expected {joined} or more axes for {likelihood!r}, got {tuple(dims)}"
        )
    if any(size < 1 for size in dims):
        raise ValueError(f"input_dims[{name!r}]: expected sizes of at least 1, got {tuple(dims)}")
    return math.prod(dims[: len(dims) - joined])
