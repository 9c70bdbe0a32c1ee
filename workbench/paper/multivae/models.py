"""Our networks in the peer's classes: MultiVae's MoPoE that holds the very modules of one of ours."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from mopoe import MoPoE

from .stand_ins import stand_in_for_torchvision

with stand_in_for_torchvision():
    from multivae.data.datasets.base import MultimodalBaseDataset as PeerDataset
    from multivae.models import MoPoE as PeerMoPoE
    from multivae.models import MoPoEConfig as PeerConfig
    from multivae.models.nn.base_architectures import BaseEncoder as PeerEncoderBase
    from pythae.models.base.base_utils import ModelOutput as PeerOutput
    from pythae.models.nn.base_architectures import BaseDecoder as PeerDecoderBase

__all__ = ["PeerDataset", "PeerMoPoE", "peer_model"]


class PeerEncoder(PeerEncoderBase):
    """One of our encoders in the classes that MultiVae asks for."""

    def __init__(self, encoder: torch.nn.Module, latent_dim: int) -> None:
        super().__init__()
        self.encoder, self.latent_dim = encoder, latent_dim

    def forward(self, x: Tensor) -> PeerOutput:
        found = self.encoder(x)
        return PeerOutput(embedding=found.embedding, log_covariance=found.log_covariance)


class PeerDecoder(PeerDecoderBase):
    """One of our decoders, likewise."""

    def __init__(self, decoder: torch.nn.Module) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, z: Tensor) -> PeerOutput:
        return PeerOutput(reconstruction=self.decoder(z).reconstruction)


def peer_model(ours: MoPoE) -> PeerMoPoE:
    """MultiVae's model with the networks, likelihoods, their weights and β of ``ours``, and all subsets."""
    config = ours.model_config
    peers = PeerConfig(
        n_modalities=ours.n_modalities,
        latent_dim=ours.latent_dim,
        input_dims=dict(config.input_dims or {}),
        decoders_dist={name: config.likelihood_of(name) for name in ours.modalities},
        # A copy, as MultiVae takes entries out of it.
        decoder_dist_params=copy.deepcopy(config.decoder_dist_params),
        uses_likelihood_rescaling=config.uses_likelihood_rescaling,
        rescale_factors=dict(ours.rescale_factors),
        beta=config.beta,
    )
    encoders = {name: PeerEncoder(network, ours.latent_dim) for name, network in ours.encoders.items()}
    decoders = {name: PeerDecoder(network) for name, network in ours.decoders.items()}
    return PeerMoPoE(peers, encoders, decoders)
