"""The networks for images hold the paper's layers by the names, and drawn in the order, that saved weights know."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from mopoe.networks import make_decoder, make_encoder
from mopoe.networks.base import GaussianHeads


def encoder28(channels: int, width: int) -> nn.Module:
    network = nn.Module()
    network.features = nn.Sequential(
        nn.Conv2d(channels, width, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(2 * width, 4 * width, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(64 * width, 16 * width),
        nn.ReLU(),
    )
    network.heads = GaussianHeads(16 * width, 4, 2)
    return network


def decoder28(channels: int, width: int) -> nn.Module:
    network = nn.Module()
    network.layers = nn.Sequential(
        nn.Linear(6, 64 * width),
        nn.ReLU(),
        nn.Unflatten(1, (4 * width, 4, 4)),
        nn.ConvTranspose2d(4 * width, 2 * width, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * width, width, 3, stride=2, padding=1, output_padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(width, channels, 3, stride=2, padding=1, output_padding=1),
    )
    return network


def encoder32(channels: int, width: int) -> nn.Module:
    network = nn.Module()
    network.features = nn.Sequential(
        nn.Conv2d(channels, width, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(2 * width, 2 * width, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(2 * width, 4 * width, 4),
        nn.ReLU(),
        nn.Flatten(),
    )
    network.heads = GaussianHeads(4 * width, 4, 2)
    return network


def decoder32(channels: int, width: int) -> nn.Module:
    network = nn.Module()
    network.layers = nn.Sequential(
        nn.Linear(6, 4 * width),
        nn.ReLU(),
        nn.Unflatten(1, (4 * width, 1, 1)),
        nn.ConvTranspose2d(4 * width, 2 * width, 4),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * width, 2 * width, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1),
    )
    return network


@pytest.mark.parametrize(
    ("name", "encoder", "decoder", "side", "width"),
    [
        ("conv28", encoder28, decoder28, 28, 32),
        ("conv28_half", encoder28, decoder28, 28, 16),
        ("conv32", encoder32, decoder32, 32, 32),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_seed_gives_the_weights_of_the_layers_written_out(
    name: str,
    encoder: Callable[[int, int], nn.Module],
    decoder: Callable[[int, int], nn.Module],
    side: int,
    width: int,
    channels: int,
) -> None:
    dims = (channels, side, side)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        made = make_encoder(name, dims, 4, 2), make_decoder(name, dims, 4, 2)
        torch.manual_seed(5)
        expected = encoder(channels, width), decoder(channels, width)
    x, z = torch.rand(2, *dims), torch.randn(2, 6)
    assert torch.equal(made[0](x).embedding, expected[0].heads(expected[0].features(x)).embedding)
    assert torch.equal(made[1](z).reconstruction, expected[1].layers(z))
    for network, reference in zip(made, expected, strict=True):
        weights, others = network.state_dict(), reference.state_dict()
        assert list(weights) == list(others)
        assert all(torch.equal(weights[key], others[key]) for key in weights)
