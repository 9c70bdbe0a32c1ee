"""Lets MultiVae be imported without torchvision, which only its data sets and pictures use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

NAMES = ("", ".transforms", ".datasets", ".datasets.utils", ".models", ".utils")


class _Anything(type):
    """A class that holds a class by any name, to be derived from."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything(name, (), {})


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything(name, (), {})


@contextmanager
def stand_in_for_torchvision() -> Iterator[None]:
    """Empty modules where torchvision would be, while MultiVae is imported; who looks for it later finds none."""
    names = [f"torchvision{name}" for name in NAMES]
    added = {name: _StandIn(name) for name in names if name not in sys.modules}
    sys.modules.update(added)
    try:
        yield
    finally:
        for name in added:
            sys.modules.pop(name, None)
