"""Training a model on data held in tensors, on Lightning Fabric."""

from __future__ import annotations

from .build import build_model
from .config import TrainConfig
from .loop import fit
from .nonfinite import NonFiniteLoss
from .result import TrainResult

__all__ = ["NonFiniteLoss", "TrainConfig", "TrainResult", "build_model", "fit"]
