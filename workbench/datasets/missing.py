"""Hiding modalities, at random or depending on the label, so that no sample loses all."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import torch

from mopoe.data import masks_of
from mopoe.reading.parts import gathered

from .base import MultimodalDataset, Splits
from .checks import checked_number, stream

WAYS = ("random", "label")


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
    dataset = gathered(dataset)
    if masks_of(dataset) is not None:
        raise ValueError(f"hide_modalities: expected complete data, got {dataset!r}, which has masks already")
    n, n_modalities = len(dataset), len(dataset.modalities)
    rates = np.full((n, n_modalities), rate) if missing_by == "random" else _rates_by_label(dataset, rate)
    observed = torch.from_numpy(_observed_given_any(rates, stream(seed, "missing", missing_by)).T.copy())
    hidden = copy.copy(dataset)
    hidden.masks = dict(zip(dataset.modalities, observed, strict=True))
    return hidden


def hide_in_training(
    splits: Splits, missing_rate: float, missing_by: str = "random", seed: int = 0
) -> Splits:
    """Hide modalities in the training and validation data; the test data stay complete.

    Rate 0 leaves everything as it is, without masks.  See :func:`hide_modalities`.
    """
    if check_missing(missing_rate, missing_by) == 0:
        return splits
    # Validation draws by a seed of its own: equal seeds would hide the same entries of the first samples.
    validation_seed = int(stream(seed, "missing", "validation").integers(2**31))
    return replace(
        splits,
        train=hide_modalities(splits.train, missing_rate, missing_by, seed),
        validation=hide_modalities(splits.validation, missing_rate, missing_by, validation_seed),
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

    The first observed modality k is drawn with its probability ∏_{j<k} r_j · (1 − r_k), renormalised; those
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
