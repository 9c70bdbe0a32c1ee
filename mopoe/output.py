"""The dictionary that every method returns: answers to key and to attribute."""

from __future__ import annotations

from typing import Any


class ModelOutput(dict):
    """A dictionary whose entries are attributes too: ``out["z"]`` is ``out.z``."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"no entry {name!r}; this output has {', '.join(map(repr, self)) or 'none'}"
            ) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(f"no entry {name!r}") from None


def read_entry(output: Any, name: str) -> Any:
    """Entry ``name`` of a network's output, by attribute or by key; ``None`` if it has none."""
    if isinstance(output, dict):
        return output.get(name)
    return getattr(output, name, None)
