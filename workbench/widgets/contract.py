"""What a class of explorers must give, told when it is defined."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

#: Class attribute → what it is; what else there must be is abstract.
_ATTRIBUTES = {
    "title": "What it is called on the page, such as 'Subset explorer'.",
    "call": "The function that makes one and its first arguments, such as ('explore_subsets', 'model, dataset').",
    "sheet": "Rows of panels on the printed sheet, such as (('lattice', 'plane'), ('pictures',)).",
}


def require_all_given(kind: type) -> None:
    """Nothing where ``kind`` gives all that an explorer must.

    Raises:
        TypeError: something is missing; the message says what, and what is expected of it.
    """
    missing = {name: text for name, text in _ATTRIBUTES.items() if not hasattr(kind, name)}
    for base in reversed(kind.__mro__):
        missing |= {
            name: _documentation(given) for name, given in vars(base).items() if _still_abstract(kind, name)
        }
    if missing:
        lines = "".join(f"\n- {name}: {text}" for name, text in missing.items())
        raise TypeError(f"{kind.__name__}: an explorer must give these too:{lines}")


def require_panels(kind: Any, panels: Collection[str]) -> None:
    """Nothing where every panel that ``kind`` names on its sheet, as an answer or as slow is drawn.

    Raises:
        ValueError: a name that no panel has; the message lists those there are.
    """
    named = {
        "sheet": [name for row in kind.sheet for name in row],
        "answers": kind.answers,
        "slow": kind.slow,
    }
    for attribute, names in named.items():
        unknown = [name for name in names if name not in panels]
        if unknown:
            raise ValueError(
                f"{kind.__name__}.{attribute}: expected some of {', '.join(panels)}, got {unknown[0]!r}"
            )


def _still_abstract(kind: type, name: str) -> bool:
    return bool(getattr(getattr(kind, name, None), "__isabstractmethod__", False))


def _documentation(given: Any) -> str:
    return (given.fget if isinstance(given, property) else given).__doc__ or ""
