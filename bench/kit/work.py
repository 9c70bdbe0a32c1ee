"""The models and batches that both libraries and the networks alone are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn

from mopoe import BaseDecoder, BaseEncoder, ModelOutput, MoPoE, MoPoEConfig

IMAGE = (3, 28, 28)
HAS_PEER = find_spec("multivae") is not None


@dataclass(frozen=True)
class Work:
    """One model, the peer's model of the same networks (if the peer is installed), and one batch for both."""

    model: MoPoE
    batch: dict[str, Tensor]
    peer: Any
    peer_batch: Any

    @property
    def length(self) -> int:
        return len(next(iter(self.batch.values())))


def make_work(
    n_modalities: int,
    networks: str,
    latent_dim: int,
    batch_size: int,
    *,
    dims: Sequence[int] = IMAGE,
    device: str = "cpu",
    peer: bool = True,
    likelihood: str = "laplace",
    **config: Any,
) -> Work:
    """Random data, Laplace likelihoods of scale 0.75 or others by name, β = 2.5.

    Args:
        n_modalities: M.
        networks: one of ``mopoe.NETWORKS``, or ``"tiny"``: one linear layer each.
        latent_dim: D.
        batch_size: B.
        dims: shape of a modality's sample.
        device: where all of it is put.
        peer: whether to make the peer's model too.
        likelihood: of all modalities.
        config: what else ``MoPoEConfig`` should know, such as ``subsets``.
    """
    torch.manual_seed(0)
    names = [f"m{i:02d}" for i in range(n_modalities)]
    model_config = MoPoEConfig(
        n_modalities,
        latent_dim,
        dict.fromkeys(names, tuple(dims)),
        decoders_dist=dict.fromkeys(names, likelihood),
        decoder_dist_params={name: {"scale": 0.75} for name in names} if likelihood == "laplace" else None,
        beta=2.5,
        **config,
    )
    encoders: Any = networks
    decoders: Any = networks
    if networks == "tiny":
        encoders = {name: TinyEncoder(dims[0], latent_dim) for name in names}
        decoders = {name: TinyDecoder(dims[0], latent_dim) for name in names}
    model = MoPoE(model_config, encoders, decoders).to(device)
    batch = {name: torch.rand(batch_size, *dims, device=device) for name in names}
    if model.likelihoods[names[0]].accepts_integers:
        batch = {name: x.round() for name, x in batch.items()}
    if not (peer and HAS_PEER):
        return Work(model, batch, None, None)
    from workbench.paper.multivae import PeerDataset, peer_model

    return Work(model, batch, peer_model(model).to(device), PeerDataset(batch))


class TinyEncoder(BaseEncoder):
    """One linear layer to mean and log-variance."""

    def __init__(self, size: int, latent_dim: int) -> None:
        super().__init__()
        self.layer = nn.Linear(size, 2 * latent_dim)

    def forward(self, x: Tensor) -> ModelOutput:
        mean, log_variance = self.layer(x).chunk(2, -1)
        return ModelOutput(embedding=mean, log_covariance=log_variance)


class TinyDecoder(BaseDecoder):
    """One linear layer from the latents."""

    def __init__(self, size: int, latent_dim: int) -> None:
        super().__init__()
        self.layer = nn.Linear(latent_dim, size)

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.layer(z))
