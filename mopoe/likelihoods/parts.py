"""Reading what a mixed likelihood is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .base import Likelihood


def read_parts(
    parts: Sequence[Mapping[str, Any]], dims: Sequence[int] | None
) -> list[tuple[list[int], Likelihood]]:
    """The columns and the likelihood of each group; see :class:`mopoe.likelihoods.MixedLikelihood`.

    Raises:
        TypeError, ValueError: naming the group, what came and what was expected.
    """
    if isinstance(parts, (str, Mapping)) or not isinstance(parts, Sequence):
        raise TypeError(
            f"parts: expected a list of dicts, one for each group of columns, got {type(parts).__name__}"
        )
    if dims is not None and len(dims) != 1:
        raise ValueError(f"parts: expected rows of numbers, of shape (n,), got data of shape {tuple(dims)}")
    found = [_read_part(part, f"parts[{i}]") for i, part in enumerate(parts)]
    columns = sorted(column for own, _ in found for column in own)
    n = dims[0] if dims is not None else max(columns, default=0) + 1
    if not found or columns != list(range(n)):
        twice = sorted({column for column in columns if columns.count(column) > 1})
        lacking = [column for column in range(n) if column not in columns]
        beyond = [column for column in columns if column >= n]
        what = {"given twice": twice, "given to no group": lacking, "beyond the last one": beyond}
        told = ", ".join(f"{of} {said}" for said, of in what.items() if of)
        raise ValueError(
            f"parts: expected each of columns 0 to {n - 1} in one group, but {told or 'there is no group'}"
        )
    return found


def _read_part(part: Mapping[str, Any], what: str) -> tuple[list[int], Likelihood]:
    from .words import named_likelihood  # which knows this likelihood too

    if not isinstance(part, Mapping):
        raise TypeError(f"{what}: expected a dict with 'columns' and 'likelihood', got {type(part).__name__}")
    lacking = [key for key in ("columns", "likelihood") if key not in part]
    if lacking:
        raise ValueError(f"{what}: expected 'columns' and 'likelihood', got none of {lacking}")
    given = part["columns"]
    columns = [given] if isinstance(given, int) else list(given)
    wrong = [c for c in columns if isinstance(c, bool) or not isinstance(c, int) or c < 0]
    if not columns or wrong:
        raise ValueError(f"{what}: expected columns by number, 0 for the first, got {given!r}")
    kind = part["likelihood"]
    if not isinstance(kind, (str, Likelihood, type)):
        raise TypeError(f"{what}: expected a word or a Likelihood, got {type(kind).__name__}")
    params = {key: value for key, value in part.items() if key not in ("columns", "likelihood")}
    return columns, named_likelihood(kind, params, (len(columns),), f"{what}['likelihood']", what)
