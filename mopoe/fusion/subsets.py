"""Subsets of modalities: how they are named, listed, and summed over in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from .sampled import SUBSET_DISTRIBUTIONS

WORDS = ("poe", "moe", "mopoe")
# A power set of 20 has a million subsets; listing them takes seconds, and fusing them gigabytes.
MOST_LISTED = 20


def power_set(modalities: Sequence[str]) -> list[tuple[str, ...]]:
    """All 2^M − 1 non-empty subsets, by size, each in the order of ``modalities``.

    Raises:
        ValueError: more than ``MOST_LISTED`` modalities.
    """
    if len(modalities) > MOST_LISTED:
        raise ValueError(
            f"subsets: expected at most {MOST_LISTED} modalities to list all subsets of, got {len(modalities)} "
            f"with {2 ** len(modalities) - 1:,} subsets; choose some, or draw them: subsets='sampled'"
        )
    return [subset for size in range(1, len(modalities) + 1) for subset in combinations(modalities, size)]


def subset_key(subset: Sequence[str]) -> str:
    """The name of a subset: its modalities, sorted and joined by ``_``."""
    return "_".join(sorted(subset))


def resolve_subsets(
    subsets: str | Mapping[str, Sequence[str]] | Sequence[Sequence[str]] | None, modalities: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Name → subset for whatever ``MoPoEConfig(subsets=...)`` was given.

    Args:
        subsets: ``None`` or ``"mopoe"`` (the power set), ``"poe"`` (all modalities together), ``"moe"`` (each
            alone), a list of lists, or a dictionary name → list.
        modalities: all names, in order.

    Raises:
        TypeError: a subset that is no list of names, or a name that is no text.
        ValueError: an unknown word or modality, an empty or duplicate subset, two subsets of one name.
    """
    if isinstance(subsets, str):
        if subsets not in WORDS:
            raise ValueError(
                f"subsets: expected one of {', '.join((*WORDS, *SUBSET_DISTRIBUTIONS))}, a list or a dict, "
                f"got {subsets!r}"
            )
        if subsets == "mopoe":
            return _named(power_set(modalities))
        return _named([tuple(modalities)] if subsets == "poe" else [(m,) for m in modalities])
    if subsets is None:
        return _named(power_set(modalities))
    if isinstance(subsets, Mapping):
        for name in subsets:
            if not isinstance(name, str):
                raise TypeError(f"subsets: expected names of type str, got {name!r}")
        named = {name: _ordered(subset, modalities) for name, subset in subsets.items()}
    elif isinstance(subsets, Sequence):
        named = _named([_ordered(subset, modalities) for subset in subsets])
    else:
        raise TypeError(f"subsets: expected a word, a list or a dict, got {type(subsets).__name__}")
    if not named:
        raise ValueError("subsets: expected at least one subset, got none")
    if len(set(named.values())) < len(named):
        twice = next(s for s in named.values() if list(named.values()).count(s) > 1)
        raise ValueError(f"subsets: expected distinct subsets, got {list(twice)} more than once")
    return named


def mentioned_modalities(subsets: Any) -> list[str]:
    """The names in a list or dict of subsets, each once; none where it is a word, ``None`` or ill-formed."""
    listed = list(subsets.values()) if isinstance(subsets, Mapping) else subsets
    lists = [s for s in listed if isinstance(s, list)] if isinstance(listed, list) else []
    return list(dict.fromkeys(name for subset in lists for name in subset if isinstance(name, str)))


def _ordered(subset: Sequence[str], modalities: Sequence[str]) -> tuple[str, ...]:
    if isinstance(subset, str) or not isinstance(subset, Sequence):
        raise TypeError(f"subsets: expected each subset to be a list of modality names, got {subset!r}")
    if len(subset) == 0:
        raise ValueError("subsets: expected no empty subset, got []")
    for name in subset:
        if not isinstance(name, str):
            raise TypeError(f"subsets: expected modality names of type str, got {name!r} in {list(subset)}")
    unknown = [name for name in subset if name not in modalities]
    if unknown:
        raise ValueError(
            f"subsets: expected modalities among {list(modalities)}, got {unknown[0]!r} in {list(subset)}"
        )
    if len(set(subset)) < len(subset):
        raise ValueError(f"subsets: expected each modality once in a subset, got {list(subset)}")
    return tuple(name for name in modalities if name in subset)


def _named(subsets: Sequence[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {}
    for subset in subsets:
        key = subset_key(subset)
        if key in named and named[key] != subset:
            raise ValueError(
                f"subsets: {list(named[key])} and {list(subset)} would both be called {key!r}; "
                "rename a modality, or give the subsets as a dict of your own names"
            )
        if key in named:
            raise ValueError(f"subsets: expected distinct subsets, got {list(subset)} more than once")
        named[key] = subset
    return named


def membership_matrix(subsets: Sequence[Sequence[str]], modalities: Sequence[str]) -> Tensor:
    """(S, M) boolean: row s is true at the modalities of subset s."""
    return torch.tensor([[name in subset for name in modalities] for subset in subsets], dtype=torch.bool)
