"""Learning curves show what was learnt, and when it was best."""

from __future__ import annotations

from workbench.training.charts import learning_curves


def test_learning_curves_mark_the_best_validation_epoch():
    train = {"loss": [3.0, 2.0, 1.0], "joint_divergence": [1.0, 1, 1], "recon_a": [2.0, 1, 0]}
    validation = train | {"loss": [3.0, 1.5, 2.0]}
    loss = learning_curves(train, validation).axes[0]
    assert "best epoch, 2" in loss.get_legend_handles_labels()[1]


def test_the_legend_says_of_which_share_of_the_samples_a_curve_is():
    train = {"loss": [3.0, 2.0], "joint_divergence": [1.0, 1], "recon_a": [2.0, 1], "share_a": [0.25, 0.25]}
    train |= {"recon_b": [2.0, 1], "share_b": [1.0, 1.0]}
    validation = train | {"recon_a": [float("nan")] * 2, "share_a": [0.0, 0.0]}
    reconstruction = learning_curves(train, validation).axes[2]
    assert reconstruction.get_legend_handles_labels()[1] == ["a, of 25% (training), 0%", "b"]
