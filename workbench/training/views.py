"""Pictures of a training in one call each."""

from __future__ import annotations

from ..drawing.charts import Chart
from .charts import learning_curves
from .result import TrainResult


def show_training(result: TrainResult) -> Chart:
    """Loss, divergence and reconstruction terms by epoch, training and validation."""
    return learning_curves(result.history["train"], result.history["validation"])
