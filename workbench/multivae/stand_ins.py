"""Lets MultiVae be imported without torchvision, which only its data sets and pictures use."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

NAMES = ("", ".transforms", ".datasets", ".datasets.utils", ".models", ".utils")


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def stand_in_for_torchvision() -> None:
    """Put empty modules where torchvision would be; call it before MultiVae is imported."""
    for name in NAMES:
        sys.modules.setdefault(f"torchvision{name}", _StandIn(f"torchvision{name}"))
