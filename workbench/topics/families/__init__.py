"""MVAE, MMVAE and MoPoE side by side."""

from __future__ import annotations

from .names import FAMILIES
from .train import train_families

__all__ = ["FAMILIES", "train_families"]
