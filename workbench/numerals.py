"""Numbers as text, with a true minus sign."""

from __future__ import annotations

MINUS = "\u2212"


def numeral(value: float, form: str = ".2f") -> str:
    """A number with the minus sign that is as wide as a plus, in place of a hyphen.

    Args:
        value: any number.
        form: as :func:`format` takes it, such as ``"+.2f"``.
    """
    return format(value, form).replace("-", MINUS)
