"""Histories of data with missing modalities: means over the samples that have one, of whatever share they are."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest
import torch

from mopoe import IncompleteDataset, MultimodalBaseDataset
from workbench.training import TrainConfig, fit


def settings(**changes: object) -> TrainConfig:
    return TrainConfig(**{"epochs": 2, "batch_size": 16, "device": "cpu", "progress": False} | changes)


def with_a(data: MultimodalBaseDataset, having: torch.Tensor) -> IncompleteDataset:
    """``data`` with modality a where ``having`` says, and b everywhere."""
    return IncompleteDataset(data.data, {"a": having, "b": torch.ones(len(data), dtype=torch.bool)})


@pytest.mark.parametrize("private", [None, {"a": 2, "b": 2}])
def test_the_terms_of_the_history_recombine_to_the_loss_by_their_shares(new_model, correlated, private):
    """In every epoch's mean the product of a mean and a share is the part that both had in its batches."""
    model = new_model(beta=2.0, beta_style=0.5, modalities_specific_dim=private)
    data = with_a(correlated, torch.arange(50) % 7 == 0)  # batches of 16 have it in different shares
    result = fit(model, data, data[:21], settings())
    for terms in result.history.values():
        for epoch in range(result.epochs):
            now = {name: values[epoch] for name, values in terms.items()}
            parts = [
                now[f"share_{m}"] * (now[f"recon_{m}"] + 2.0 * 0.5 * now.get(f"style_divergence_{m}", 0.0))
                for m in "ab"
            ]
            assert now["loss"] == pytest.approx(2.0 * now["joint_divergence"] + sum(parts), rel=1e-6)
            assert now["share_b"] == 1
    assert result.history["train"]["share_a"] == pytest.approx([8 / 50] * 2)
    assert result.history["validation"]["share_a"] == pytest.approx([3 / 21] * 2)


def test_curves_of_other_missing_shares_compare(new_model, correlated):
    """What fewer samples have is not reconstructed better: the same samples, shown alone and among others."""
    model = new_model(subsets="moe")
    having = torch.arange(50) < 10
    among = with_a(correlated, having)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    whole = fit(model, among, among[:10], settings(epochs=1, batch_size=50, learning_rate=1e-30)).history
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
    # One draw of z a sample and other noise in both: closer than a half, where zeros would make it a fifth.
    ratio = whole["train"]["recon_a"][0] / whole["validation"]["recon_a"][0]
    assert 0.8 < ratio < 1.25
    assert whole["train"]["share_a"] == pytest.approx([0.2])
    assert whole["validation"]["share_a"] == [1.0]


def test_a_modality_that_validation_lacks_has_no_number_there(new_model, correlated, tmp_path):
    train = with_a(correlated, torch.arange(50) % 2 == 0)
    validation = with_a(correlated[:20], torch.zeros(20, dtype=torch.bool))
    result = fit(new_model(), train, validation, settings(log_dir=str(tmp_path)))
    assert all(map(math.isnan, result.history["validation"]["recon_a"]))
    assert all(map(math.isfinite, result.history["validation"]["loss"]))
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert json.loads(text)["history"]["validation"]["recon_a"] == [None, None]
    page = result._repr_html_()
    assert "– (0% have it)" in page and "(50% have it)" in page and "share_" not in page
    with Path(result.log_folder, "metrics.csv").open() as log:
        names = next(csv.reader(log))
    assert "train/recon_a" in names and "validation/recon_b" in names
    assert "validation/recon_a" not in names


def test_complete_data_have_no_shares(new_model, correlated):
    result = fit(new_model(), correlated, correlated[:20], settings(epochs=1))
    assert not [name for name in result.history["train"] if name.startswith("share_")]
    assert "have it" not in result._repr_html_()
