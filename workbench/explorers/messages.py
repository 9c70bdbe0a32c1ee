"""Errors in an explorer's callbacks become a message in the explorer, which keeps working."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from html import escape
from typing import Any


def shows_errors(method: Callable[..., None]) -> Callable[..., None]:
    """Write what ``method`` raises into the explorer's ``message`` instead of losing it."""

    @wraps(method)
    def guarded(self: Any, *args: Any) -> None:
        try:
            method(self, *args)
        except Exception as error:
            what = f"<b>{escape(type(error).__name__)}</b>: {escape(str(error))}"
            self.message.value = f'<span style="color:#B00020">{what}</span>'

    return guarded
