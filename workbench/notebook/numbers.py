"""Numbers as ``record`` takes and shows them."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any


def finite(name: str, what: str, value: Any, *, at_least: float = -math.inf) -> float:
    """``value`` as a float.

    Raises:
        TypeError: it is no number.
        ValueError: it is not finite, or too small.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        ways = (way for way in ("item", "mean") if hasattr(value, way))
        hint = f"; pass its .{way}()" if (way := next(ways, "")) else ""
        raise TypeError(f"record({name!r}): expected {what} as a number, got {type(value).__name__}{hint}")
    if not math.isfinite(value):
        raise ValueError(f"record({name!r}): expected a finite {what}, got {value}")
    if value < at_least:
        raise ValueError(f"record({name!r}): {what} must not be negative, got {value}")
    return float(value)


def positive_int(name: str, what: str, value: Any) -> int:
    """``value`` as an int.

    Raises:
        TypeError: it is no int.
        ValueError: it is less than 1.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"record({name!r}): expected {what} as int, got {type(value).__name__}")
    if value < 1:
        raise ValueError(f"record({name!r}): {what} must be at least 1, got {value}")
    return value


def readable(name: str, entry: dict[str, Any]) -> str:
    """Such as ``"nll = 12.5 ± 0.1 nats  (n = 64)"``, and below it why it must not be believed."""
    words = f"{name} = {entry['value']:.6g}"
    if "standard_error" in entry:
        words += f" ± {entry['standard_error']:.2g}"
    if "unit" in entry:
        words += f" {entry['unit']}"
    words += f"  (n = {entry['n']})" if "n" in entry else ""
    return words + (f"\n    {entry['diagnosis']}" if "diagnosis" in entry else "")
