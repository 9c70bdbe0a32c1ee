"""What a training step costs beside its networks alone: the ratio is in brackets in the table."""

from __future__ import annotations

import pytest
import torch

from mopoe import MoPoE, MoPoEConfig

MODALITIES = [f"m{i}" for i in range(5)]
BATCH_SIZE = 64


@pytest.fixture(scope="module")
def model() -> MoPoE:
    torch.manual_seed(0)
    dims = dict.fromkeys(MODALITIES, (3, 28, 28))
    return MoPoE(MoPoEConfig(len(dims), 64, dims), "conv28_half", "conv28_half")


@pytest.fixture(scope="module")
def batch() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {name: torch.rand(BATCH_SIZE, 3, 28, 28, generator=generator) for name in MODALITIES}


@pytest.mark.benchmark(group="training step, five views, 31 subsets")
def test_whole_step(benchmark, model: MoPoE, batch: dict[str, torch.Tensor]) -> None:
    def step() -> None:
        model.zero_grad()
        model({"data": batch}).loss.backward()

    benchmark.pedantic(step, rounds=15, warmup_rounds=3)


@pytest.mark.benchmark(group="training step, five views, 31 subsets")
def test_networks_alone(benchmark, model: MoPoE, batch: dict[str, torch.Tensor]) -> None:
    def step() -> None:
        model.zero_grad()
        loss = torch.zeros(())
        for name in MODALITIES:
            encoded = model.encoders[name](batch[name])
            decoded = model.decoders[name](encoded.embedding).reconstruction
            loss = loss + decoded.square().mean() + encoded.log_covariance.mean()
        loss.backward()

    benchmark.pedantic(step, rounds=15, warmup_rounds=3)
