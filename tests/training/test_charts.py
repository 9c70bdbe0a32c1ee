"""Learning curves show what was learnt, and when it was best."""

from __future__ import annotations

from workbench.training.charts import learning_curves


def test_learning_curves_mark_the_best_validation_epoch():
    train = {"loss": [3.0, 2.0, 1.0], "joint_divergence": [1.0, 1, 1], "recon_a": [2.0, 1, 0]}
    validation = train | {"loss": [3.0, 1.5, 2.0]}
    loss = learning_curves(train, validation).axes[0]
    assert "best epoch, 2" in loss.get_legend_handles_labels()[1]
