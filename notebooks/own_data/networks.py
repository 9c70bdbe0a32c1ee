"""Encoders and decoders as a user would write them: plain torch modules, one pair for each kind of data."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mopoe import ModelOutput

MOST = 16  # black dots that a pixel can count
LEAST_SHARE = 1e-3  # the decoder never says "certainly none" or "certainly all": their logarithm is infinite


class CountsEncoder(nn.Module):
    """What a drawing of counts, (B, 8, 8), says about z: mean and log-variance, each (B, D)."""

    def __init__(self, latent_dim: int, width: int = 32) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.mean = nn.Linear(8 * width, latent_dim)
        self.log_variance = nn.Linear(8 * width, latent_dim)

    def forward(self, counts: Tensor) -> ModelOutput:
        features = self.features(counts.unsqueeze(1) / MOST)
        return ModelOutput(embedding=self.mean(features), log_covariance=self.log_variance(features))


class CountsDecoder(nn.Module):
    """The expected counts, (B, 8, 8), strictly between 0 and 16: data space, as nobody else will map it there."""

    def __init__(self, latent_dim: int, width: int = 256) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, width), nn.ReLU(), nn.Linear(width, 64), nn.Unflatten(1, (8, 8))
        )

    def forward(self, z: Tensor) -> ModelOutput:
        share = LEAST_SHARE + (1 - 2 * LEAST_SHARE) * torch.sigmoid(self.layers(z))
        return ModelOutput(reconstruction=MOST * share)


class TableEncoder(nn.Module):
    """What a row of a table, (B, C), says about z. Squashed first: one absurd entry must not blow up the rest."""

    def __init__(self, columns: int, latent_dim: int, width: int = 128) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(columns, width), nn.ReLU())
        self.mean = nn.Linear(width, latent_dim)
        self.log_variance = nn.Linear(width, latent_dim)

    def forward(self, row: Tensor) -> ModelOutput:
        features = self.features(3 * torch.tanh(row / 3))
        return ModelOutput(embedding=self.mean(features), log_covariance=self.log_variance(features))


class TableDecoder(nn.Module):
    """The location of each entry, (B, C)."""

    def __init__(self, columns: int, latent_dim: int, width: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(latent_dim, width), nn.ReLU(), nn.Linear(width, columns))

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.layers(z))
