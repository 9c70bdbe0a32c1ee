from __future__ import annotations

import pytest
import torch

from workbench.training import TrainConfig, fit


def config(**settings) -> TrainConfig:
    return TrainConfig(**{"epochs": 3, "batch_size": 16, "seed": 5, "progress": False} | settings)


@pytest.mark.parametrize("settings", [{"devices": 2}, {"precision": "bf16-mixed"}])
def test_what_cannot_be_recorded_is_refused_at_once(settings) -> None:
    with pytest.raises(ValueError, match="capture: expected one device and a full precision, got devices="):
        config(capture=True, **settings)


def test_without_a_gpu_nothing_is_trained(new_model, correlated) -> None:
    model = new_model()
    before = [weight.clone() for weight in model.parameters()]
    with pytest.raises(ValueError, match="capture: expected a CUDA device, got cpu"):
        fit(model, correlated, correlated, config(capture=True, device="cpu"))
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert model.device.type == "cpu"


needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@needs_cuda
@pytest.mark.parametrize("settings", [{}, {"gradient_clip": 0.1}, {"drop_last": True}])
def test_a_recorded_step_is_an_ordinary_one(new_model, correlated, settings) -> None:
    plain, recorded = (
        fit(new_model(), correlated, correlated, config(device="cuda", capture=capture, **settings))
        for capture in (False, True)
    )
    assert recorded.history == plain.history


@needs_cuda
def test_it_goes_on_from_an_optimiser_state_of_ordinary_steps(new_model, correlated) -> None:
    histories = []
    for capture in (False, True):
        model = new_model()
        first = fit(model, correlated, correlated, config(device="cuda", keep="last"))
        second = fit(
            model,
            correlated,
            correlated,
            config(device="cuda", capture=capture),
            optimizer_state=first.optimizer_state,
        )
        histories.append(second.history)
    assert histories[0] == histories[1]


@needs_cuda
def test_models_that_cannot_be_recorded_are_refused(new_model, location, correlated, far_away) -> None:
    for model, data in ((new_model(subsets="sampled"), correlated), (location(), far_away)):
        with pytest.raises(ValueError, match="capture: expected a MoPoE of listed subsets"):
            fit(model, data, data, config(device="cuda", capture=True))
