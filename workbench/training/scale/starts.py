"""Where decoders start: counts in the hundreds are far from the rate of 1 that fresh weights say."""

from __future__ import annotations

from collections.abc import Sequence

from mopoe import MoPoE, MultimodalBaseDataset
from mopoe.data import masks_of
from mopoe.networks import MLPDecoder
from mopoe.output import read_entry


def start_decoders(model: MoPoE, data: MultimodalBaseDataset, names: Sequence[str]) -> None:
    """Let decoders called ``names`` start at what their likelihood finds in ``data``, where they are perceptrons.

    Random weights are left as they are: only what is added to their answer changes.

    Raises:
        ValueError: data outside the support of their likelihood, from which no start follows.
    """
    masks, sizes = masks_of(data) or {}, read_entry(data, "size_factors") or {}
    for name in names:
        decoder = model.decoders[name]
        if not isinstance(decoder, MLPDecoder):
            continue
        x, seen = data.data[name], masks.get(name)
        if seen is not None:
            seen = seen.bool().reshape(*seen.shape, *[1] * (x.ndim - seen.ndim)).expand(x.shape)
        start = model.likelihoods[name].start(x, seen, sizes.get(name))
        if start is not None:
            if not bool(start.isfinite().all()):
                model.check_inputs(data)  # says what is wrong with them
            decoder.start_at(start)
