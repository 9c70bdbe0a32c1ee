"""Numbers brought to the unit scale that networks start from, and back."""

from __future__ import annotations

from .fitting import fit_scaler
from .scaler import Scaler

__all__ = ["Scaler", "fit_scaler"]
