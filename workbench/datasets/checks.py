"""Checks of options and of data sets, and named random streams."""

from __future__ import annotations

import hashlib
import operator
from typing import Any

import numpy as np

from mopoe import MultimodalBaseDataset
from mopoe.data import masks_of
from mopoe.reading.parts import gathered


def checked_count(option: str, value: Any, least: int = 1) -> int:
    """``value`` as an integer of at least ``least``.

    Raises:
        TypeError: no integer.
        ValueError: too small.
    """
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{option}: expected an integer, got {value!r}")
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(f"{option}: expected an integer, got {value!r}") from None
    if count < least:
        raise ValueError(f"{option}: expected at least {least}, got {count}")
    return count


def checked_number(option: str, value: Any) -> float:
    """``value`` as a float.

    Raises:
        TypeError: no real number.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{option}: expected a number, got {value!r}")
    return float(value)


def require_complete(dataset: MultimodalBaseDataset) -> None:
    """Nothing where every sample shows every modality.

    Raises:
        ValueError: something is missing.
    """
    masks = masks_of(gathered(dataset)) or {}
    if not all(bool(mask.all()) for mask in masks.values()):
        raise ValueError("dataset: expected complete data, got missing entries; leave those samples out")


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """The random stream of that name: the same for one seed, whatever else is drawn and in which order.

    Raises:
        TypeError: ``seed`` is no integer.
        ValueError: ``seed`` is negative.
    """
    text = "/".join(map(str, (checked_count("seed", seed, least=0), *names)))
    entropy = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    return np.random.default_rng(entropy)
