"""Numbers brought to the unit scale that networks start from, and back; sizes of counts."""

from __future__ import annotations

from .fitting import fit_scaler
from .library_sizes import library_sizes
from .scaler import Scaler

__all__ = ["Scaler", "fit_scaler", "library_sizes"]
