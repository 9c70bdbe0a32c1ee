"""``record``: one number of a notebook, with what is needed to compare it with another run's."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, Protocol

from ..files import write_whole
from .numbers import finite, positive_int, readable
from .run_files import EXAMPLES_FILE, METRICS_FILE, run_folder

_DIRECTIONS = ("lower", "higher", None)

_recorded: dict[str, dict[str, Any]] = {}
_examples: dict[str, Any] = {}


class _Summary(Protocol):
    @property
    def value(self) -> float: ...
    @property
    def standard_error(self) -> float: ...
    @property
    def n(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def diagnosis(self) -> str: ...


def record(
    name: str,
    value: float | _Summary,
    *,
    standard_error: float | None = None,
    n: int | None = None,
    unit: str | None = None,
    better: str | None = None,
    margin: float | None = None,
    per_example: Iterable[float] | None = None,
) -> None:
    """Show a number and keep it, to be compared with the same number of other runs.

    In ``workbench run`` and ``check`` all numbers recorded so far are written to ``metrics.json`` beside the
    executed notebook, after each call. In a notebook opened by hand the number is shown and kept in memory;
    there a cell may be run again and replaces its number.

    How ``workbench check`` compares it:

    - with a ``margin``, statistically: is the difference from the baseline inside the margin?
    - without margin and standard error, exactly (but for rounding): for what has no randomness;
    - with a standard error but no margin, or with ``margin=inf``, not at all: it is only shown.

    Args:
        name: what was measured; once a run.
        value: a finite number (of a tensor or array: its ``.item()``), or a :class:`mopoe.Summary`, which says its
            error (unless it is NaN), n and unit itself, and its diagnosis: whatever shows the number then says why it
            must not be believed.
        standard_error: of ``value``, not negative: what other draws or samples would change.
        n: how many samples ``value`` is an average of.
        unit: such as ``"nats"``; none for a proportion.
        better: ``"lower"``, ``"higher"``; ``None`` if a change either way is a regression.
        margin: the largest difference that does not matter, in ``unit``; not a percentage.
        per_example: (n,), the values that ``value`` is the mean of, in an order that depends on the data
            alone. Two runs on the same data are then compared example by example. Only for values that,
            given the data, do not share randomness, as those of one trained model do.

    Raises:
        TypeError: a number is no number, or a name or unit is no text.
        ValueError: a number is not finite or negative where it cannot be, an unknown ``better``, ``per_example``
            that ``value`` is not the mean of, a ``name`` that was recorded in this run, or what a summary says given
            again.
    """
    if not isinstance(name, str) or not isinstance(unit, str | None):
        raise TypeError(f"record: expected name and unit as text, got {name!r} and {unit!r}")
    if not name.strip():
        raise ValueError("record: expected a name, got an empty one")
    if better not in _DIRECTIONS:
        raise ValueError(f"record({name!r}): expected better='lower', 'higher' or None, got {better!r}")
    summary = _as_summary(value)
    if summary is not None:
        if given := [
            k for k, v in (("standard_error", standard_error), ("n", n), ("unit", unit)) if v is not None
        ]:
            raise ValueError(
                f"record({name!r}): the summary says its {given[0]} itself; leave {given[0]} out"
            )
        value, n, unit = summary.value, summary.n, summary.unit or None
        standard_error = None if math.isnan(summary.standard_error) else summary.standard_error
    entry: dict[str, Any] = {"value": finite(name, "value", value)}
    examples = None
    if per_example is not None:
        from .examples import read_examples  # numpy, only for those who need it

        examples, of_examples = read_examples(name, per_example, entry["value"], n)
        n, standard_error = of_examples["n"], standard_error or of_examples["standard_error"]
    if standard_error is not None:
        entry["standard_error"] = finite(name, "standard_error", standard_error, at_least=0)
    if n is not None:
        entry["n"] = positive_int(name, "n", n)
    if unit is not None:
        entry["unit"] = unit
    if summary is not None and summary.diagnosis:
        entry["diagnosis"] = summary.diagnosis
    if better is not None:
        entry["better"] = better
    entry |= _comparison(name, margin, "standard_error" in entry)
    folder = run_folder()
    if folder is not None and name in _recorded:
        raise ValueError(f"record: {name!r} was recorded before in this run, as {_recorded[name]['value']}")
    _recorded[name] = entry
    _examples.pop(name, None)
    if examples is not None:
        _examples[name] = examples
    if folder is not None:
        if examples is not None:
            from .examples import write_examples

            write_examples(folder / EXAMPLES_FILE, _examples)
        write_whole(folder / METRICS_FILE, json.dumps(_recorded, indent=2) + "\n")
    print(readable(name, entry))


def _as_summary(value: Any) -> _Summary | None:
    """``value`` if it is a number with its error; ``None`` if it is anything else."""
    has = all(hasattr(value, name) for name in ("value", "standard_error", "n", "unit", "diagnosis"))
    return value if has else None


def _comparison(name: str, margin: float | None, has_error: bool) -> dict[str, Any]:
    """How the number is compared: ``exactly``, ``within`` a margin, or ``not``."""
    if margin is None:
        return {"compared": "not" if has_error else "exactly"}
    if margin == math.inf:
        return {"compared": "not"}
    return {"compared": "within", "margin": finite(name, "margin", margin, at_least=0)}
