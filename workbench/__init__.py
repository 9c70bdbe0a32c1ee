"""The workbench around :mod:`mopoe`: data, training, measures, pictures, and commands."""

from __future__ import annotations

from .profiles import profile_of
from .recording import record, record_data
from .symbols import show_symbols

__all__ = ["profile_of", "record", "record_data", "show_symbols"]
