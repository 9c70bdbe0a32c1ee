"""Hiding modalities or single entries, at random or depending on the label, so that no sample loses all."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from mopoe.data import masks_of
from mopoe.likelihoods import event_axes
from mopoe.masks import by_entry
from mopoe.reading.parts import gathered

from .base import MultimodalDataset, Splits
from .checks import checked_number, stream

WAYS = ("random", "label", "entries")
_ROWS_AT_ONCE = 256


def hide_modalities(
    dataset: MultimodalDataset, missing_rate: float, missing_by: str = "random", seed: int = 0
) -> MultimodalDataset:
    r"""The same data with modalities hidden by masks; the hidden tensors stay in place, under a false mask.

    Each entry (sample i, modality m) is hidden independently with probability :math:`r_{im}`, *given that
    the sample keeps at least one modality*.  By ``"random"``, all :math:`r_{im}` are r = ``missing_rate``.
    By ``"label"``, they run evenly over the C labels from r − w to r + w, w = min(r, 1 − r), and start at
    another label for each modality: their mean over the labels is r, and what is missing tells of the label.

    The condition makes the expected share of hidden entries smaller than r: with M modalities

    .. math:: r \,\frac{1 - r^{M-1}}{1 - r^M}

    at random, for example 1/3 for r = 0.5 and M = 2, and 0.484 for r = 0.5 and M = 5.
    ``MultimodalDataset.hidden_share`` is the share in the data at hand.

    Args:
        dataset: complete data; with integer labels (B,) for ``"label"``.
        missing_rate: r, from 0 up to, not including, 1.
        missing_by: ``"random"`` or ``"label"``.
        seed: the same seed hides the same entries.

    Raises:
        TypeError: ``missing_rate`` is no number.
        ValueError: a rate or way outside what is above, masks already there, or labels that ``"label"``
            cannot use.
    """
    rate = check_missing(missing_rate, missing_by)
    if missing_by == "entries":
        raise ValueError(
            "missing_by: expected 'random' or 'label' for modalities; hide_entries hides entries"
        )
    dataset = gathered(dataset)
    if masks_of(dataset) is not None:
        raise ValueError(f"hide_modalities: expected complete data, got {dataset!r}, which has masks already")
    n, n_modalities = len(dataset), len(dataset.modalities)
    rates = np.full((n, n_modalities), rate) if missing_by == "random" else _rates_by_label(dataset, rate)
    observed = torch.from_numpy(_observed_given_any(rates, stream(seed, "missing", missing_by)).T.copy())
    hidden = copy.copy(dataset)
    hidden.masks = dict(zip(dataset.modalities, observed, strict=True))
    return hidden


def hide_entries(
    dataset: MultimodalDataset,
    missing_rate: float,
    modalities: Sequence[str] | None = None,
    seed: int = 0,
    *,
    events: Mapping[str, int] | None = None,
) -> MultimodalDataset:
    r"""The same data with single entries hidden by masks, completely at random; what is hidden stays in place.

    Each entry that was observed is hidden independently with probability ``missing_rate``, *given that the sample
    keeps at least one* of any modality. On average over d entries a sample the share is

    .. math:: r \,\frac{1 - r^{d-1}}{1 - r^d}

    of complete data in which all may be hidden. ``MultimodalDataset.hidden_share`` is the share in the data at hand.

    Args:
        dataset: data, complete or with modalities or entries missing already; those stay missing.
        missing_rate: r, from 0 up to, not including, 1.
        modalities: whose entries are hidden; all by default.
        seed: the same seed hides the same entries.
        events: modality → how many last axes are one event together, which is hidden as a whole: 1 for one-hot
            data.

    Raises:
        TypeError: ``missing_rate`` is no number.
        ValueError: a rate outside of that, or an unknown modality.
    """
    rate, dataset = check_missing(missing_rate, "entries"), gathered(dataset)
    names = dataset.modalities
    chosen, axes = names if modalities is None else list(modalities), dict(events or {})
    for name in [*chosen, *axes]:
        if name not in names:
            raise ValueError(f"hide_entries: expected modalities among {names}, got {name!r}")
    masks, n = masks_of(dataset) or {}, len(dataset)
    shapes = {name: (n, *dims) for name, dims in dataset.input_dims.items()}
    everywhere = torch.ones(n, dtype=torch.bool)
    seen = {
        name: by_entry(masks.get(name, everywhere).cpu(), len(shape)).expand(shape)
        for name, shape in shapes.items()
    }
    rng = stream(seed, "missing", "entries")
    # One column for each event; a part of it that was hidden before takes all of it away.
    shown = {
        name: mask.flatten(mask.ndim - axes[name]).all(-1) if axes.get(name) else mask
        for name, mask in seen.items()
    }
    columns = {name: event.reshape(n, -1).numpy() for name, event in shown.items()}
    kept: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for start in range(0, n, _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        rates = np.concatenate(
            [np.where(columns[name][rows], rate if name in chosen else 0.0, 1.0) for name in names], 1
        )
        observed = rng.random(rates.shape) >= rates
        empty = ~observed.any(1)
        if empty.any():
            observed[empty] = _observed_given_any(rates[empty], rng)
        ends = np.cumsum([columns[name].shape[1] for name in names])
        for name, part in zip(names, np.split(observed, ends[:-1], 1), strict=True):
            kept[name].append(part)
    hidden = copy.copy(dataset)
    # Others keep the masks that they have: of whole samples where none of their single entries is missing.
    hidden.masks = {name: masks.get(name, everywhere) for name in names}
    for name in chosen:
        event = torch.from_numpy(np.concatenate(kept[name])).reshape(shown[name].shape)
        hidden.masks[name] = by_entry(event, len(shapes[name])).expand(shapes[name]) & seen[name]
    return hidden


def hide_in_training(
    splits: Splits, missing_rate: float, missing_by: str = "random", seed: int = 0
) -> Splits:
    """Hide modalities, or by ``"entries"`` single entries, in the training and validation data; not in the test data.

    Rate 0 leaves everything as it is, without masks.  See :func:`hide_modalities` and :func:`hide_entries`; the
    categories of one-hot data are hidden together.
    """
    if check_missing(missing_rate, missing_by) == 0:
        return splits
    # Validation draws by a seed of its own: equal seeds would hide the same entries of the first samples.
    validation_seed = int(stream(seed, "missing", "validation").integers(2**31))
    params, dims = splits.decoder_dist_params, splits.input_dims
    events = {
        name: event_axes(kind, params.get(name), dims[name], name)
        for name, kind in splits.decoders_dist.items()
    }

    def hidden(data: MultimodalDataset, own_seed: int) -> MultimodalDataset:
        if missing_by == "entries":
            return hide_entries(data, missing_rate, seed=own_seed, events=events)
        return hide_modalities(data, missing_rate, missing_by, own_seed)

    return replace(
        splits, train=hidden(splits.train, seed), validation=hidden(splits.validation, validation_seed)
    )


def check_missing(missing_rate: float, missing_by: str) -> float:
    """``missing_rate`` as a float.

    Raises:
        TypeError: ``missing_rate`` is no number.
        ValueError: ``missing_rate`` outside [0, 1), or ``missing_by`` an unknown way.
    """
    rate = checked_number("missing_rate", missing_rate)
    if not 0 <= rate < 1:
        raise ValueError(f"missing_rate: expected 0 ≤ rate < 1, as each sample keeps a modality, got {rate}")
    if missing_by not in WAYS:
        raise ValueError(f"missing_by: expected one of {', '.join(WAYS)}, got {missing_by!r}")
    return rate


def _rates_by_label(dataset: MultimodalDataset, rate: float) -> np.ndarray:
    labels = dataset.labels
    if labels is None or labels.ndim != 1 or labels.is_floating_point():
        found = "none" if labels is None else f"{labels.dtype} of shape {tuple(labels.shape)}"
        raise ValueError(f"missing_by='label': expected one integer label a sample, got {found}")
    n_labels = len(dataset.label_names) if dataset.label_names is not None else int(labels.max()) + 1
    if int(labels.min()) < 0 or n_labels < 2:
        raise ValueError(
            f"missing_by='label': expected labels 0, 1, … of at least two classes, "
            f"got {int(labels.min())} to {int(labels.max())}"
        )
    n_modalities = len(dataset.modalities)
    ramp = rate + min(rate, 1 - rate) * np.linspace(-1, 1, n_labels)
    starts = np.arange(n_modalities) * n_labels // n_modalities
    return ramp[(labels.cpu().numpy()[:, None] + starts) % n_labels]


def _observed_given_any(rates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bernoulli(1 − rates), (B, M) bool, given that each row has a true entry: exact, without rejection.

    The first observed column k is drawn with its probability ∏_{j<k} r_j · (1 − r_k), renormalised; those
    before it are hidden, and those behind it are free.
    """
    n, n_modalities = rates.shape
    hidden_before = np.cumprod(np.concatenate([np.ones((n, 1)), rates[:, :-1]], 1), 1)
    up_to = np.cumsum(hidden_before * (1 - rates), 1)
    first = (rng.random((n, 1)) * up_to[:, -1:] >= up_to).sum(1, keepdims=True)
    first = np.minimum(first, n_modalities - 1)
    position = np.arange(n_modalities)
    free = rng.random((n, n_modalities)) >= rates
    return (position == first) | ((position > first) & free)
