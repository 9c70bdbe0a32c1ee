"""The workbench around :mod:`mopoe`: data, training, measures, pictures, and commands."""

from __future__ import annotations

from .recording import record

__all__ = ["record"]
