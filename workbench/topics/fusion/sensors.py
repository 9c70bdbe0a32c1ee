"""Sensors that read one hidden z, and a MoPoE whose experts say what they are told to say."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mopoe import BaseEncoder, ModelOutput, MoPoE, MoPoEConfig, Sample

from ...datasets.linear_gaussian.model import LinearDecoder
from ...datasets.linear_gaussian.world import LinearGaussian
from .state import MODALITIES, FusionState


class FixedExpert(BaseEncoder):
    """Says N(mean, width² I), whatever it is shown."""

    def __init__(self, mean: Tensor, width: float) -> None:
        super().__init__()
        self.mean = nn.Parameter(mean)
        self.log_variance = nn.Parameter(2 * torch.full_like(mean, width).log())

    def forward(self, x: Tensor) -> ModelOutput:
        """(B, D) → means and ln σ², (B, D)."""
        return ModelOutput(
            embedding=self.mean.expand(len(x), -1), log_covariance=self.log_variance.expand(len(x), -1)
        )


def sensors(state: FusionState) -> LinearGaussian:
    """z ~ N(0, I) and x_m = z + σ_m ε: each sensor reads z with noise of its own."""
    identity = torch.eye(state.dimensions, dtype=torch.float64)
    return LinearGaussian(
        loadings=dict.fromkeys(MODALITIES, identity),
        offsets=dict.fromkeys(MODALITIES, torch.zeros(state.dimensions, dtype=torch.float64)),
        noise=dict(zip(MODALITIES, state.noise, strict=True)),
    )


def readings(state: FusionState) -> Sample:
    """What the sensors read: modality → (D,)."""
    return Sample(data=dict(zip(MODALITIES, places(state, "readings"), strict=True)))


def places(state: FusionState, name: str) -> Tensor:
    """``readings`` or ``means`` with as many coordinates as there are dimensions, (M, D)."""
    coordinates = [getattr(state, name), getattr(state, f"{name}_up")]
    return torch.tensor(coordinates[: state.dimensions], dtype=torch.float64).T.contiguous()


def model_of(state: FusionState, truth: LinearGaussian) -> MoPoE:
    """A model with the decoders of ``truth`` and the experts of ``state``, over all subsets."""
    means = places(state, "means")
    experts = {
        name: FixedExpert(mean, width)
        for name, mean, width in zip(MODALITIES, means, state.widths, strict=True)
    }
    config = MoPoEConfig(
        len(MODALITIES),
        latent_dim=state.dimensions,
        input_dims=dict.fromkeys(MODALITIES, (state.dimensions,)),
        decoder_dist_params={name: {"scale": sigma} for name, sigma in truth.noise.items()},
        prior_expert=state.prior_expert,
    )
    decoders = {name: LinearDecoder(truth, name) for name in MODALITIES}
    return MoPoE(config, experts, decoders).double().requires_grad_(False)


def right_experts(state: FusionState) -> dict[str, list[float]]:
    """Means and widths with which every expert, alone, leads to the exact posterior given its reading.

    Where the prior joins every product that is the likelihood of the reading; elsewhere it is that posterior.
    """
    truth, data = sensors(state.twin(dimensions=2)), readings(state.twin(dimensions=2))
    if state.prior_expert == "all":
        return {
            "means": list(state.readings),
            "means_up": list(state.readings_up),
            "widths": list(state.noise),
        }
    batch = {name: x[None] for name, x in data.data.items()}
    posteriors = [truth.posterior(batch, [name]) for name in MODALITIES]
    means = torch.cat([mean for mean, _ in posteriors])
    widths = torch.stack([covariance[0, 0].sqrt() for _, covariance in posteriors])
    return {"means": means[:, 0].tolist(), "means_up": means[:, 1].tolist(), "widths": widths.tolist()}
