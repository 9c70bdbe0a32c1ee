"""Checks of plain arguments that several modules share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

# A modality is an attribute of a ModuleDict and of a ModelOutput: it cannot bear the name of one of theirs.
_ATTRIBUTES = frozenset(dir(nn.ModuleDict())) | frozenset(dir(dict))
_TAKEN = {
    "all": "methods take it for every modality",
    **dict.fromkeys(("mixture", "product", "refined", "prior"), "estimates take it for a proposal"),
    **dict.fromkeys(
        ("z", "one_latent_space", "modalities_z"), "generate_from_prior returns an entry of that name"
    ),
}


def check_count(value: Any, what: str) -> None:
    """Raise unless ``value`` is a whole number of at least 1; the message names ``what``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what}: expected a whole number, got {value!r}")
    if value < 1:
        raise ValueError(f"{what}: expected at least 1, got {value}")


def check_choice(value: Any, what: str, choices: Sequence[str]) -> None:
    """Raise ``ValueError`` unless ``value`` is one of ``choices``; the message names ``what``."""
    if value not in choices:
        raise ValueError(f"{what}: expected one of {', '.join(map(repr, choices))}, got {value!r}")


def check_modality_name(name: Any, what: str) -> None:
    """Raise unless ``name`` can be that of a modality everywhere; the message names ``what``, and says why not."""
    if not isinstance(name, str):
        raise TypeError(f"{what}: expected modality names of type str, got {name!r}")
    why = _TAKEN.get(name)
    if name in _ATTRIBUTES or name.startswith("__"):
        why = "it is an attribute of dicts or modules"
    if not name or "." in name:
        why = "networks need a name, without dots"
    if why:
        raise ValueError(f"{what}: expected a modality name that works everywhere, got {name!r}: {why}")


def first_indices(flags: Tensor, start: int = 0) -> str:
    """The first ten true positions of a boolean vector, counted from ``start``, as text for a message."""
    positions = (flags.nonzero().flatten() + start).tolist()
    more = f" and {len(positions) - 10} more" if len(positions) > 10 else ""
    return f"{positions[:10]}{more}"
