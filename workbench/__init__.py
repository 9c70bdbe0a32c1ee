"""The workbench around :mod:`mopoe`: data, training, measures, pictures, and commands."""

from __future__ import annotations

from .notebook import record, record_data
from .notebook.profiles import profile_of
from .notebook.symbols import show_symbols

__all__ = ["profile_of", "record", "record_data", "show_symbols"]
