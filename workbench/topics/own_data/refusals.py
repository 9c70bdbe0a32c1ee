"""What a call is refused with: common mistakes and their messages, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mopoe.display import html_table


@dataclass(frozen=True)
class Refusals:
    """Mistake → the message that it gets."""

    messages: dict[str, str]

    def _repr_html_(self) -> str:
        return html_table("", ("what was done", "what the message says"), list(self.messages.items()))


def refusals(calls: Mapping[str, Callable[[], Any]]) -> Refusals:
    """Make each call, and keep what it is refused with.

    Args:
        calls: a mistake in words → the call that makes it, such as ``partial(MoPoEConfig, 3, latent_dim=0)``.

    Raises:
        ValueError: a call that is not refused.
    """
    messages = {}
    for words, call in calls.items():
        try:
            call()
        except (TypeError, ValueError, OSError) as error:
            messages[words] = f"{type(error).__name__}: {error}"
        else:
            raise ValueError(f"refusals: expected {words!r} to be refused, but it was not")
    return Refusals(messages)
