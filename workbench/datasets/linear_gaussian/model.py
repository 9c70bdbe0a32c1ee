"""A MoPoE whose generative part is a known linear-Gaussian model, so that every estimate has an exact answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mopoe import BaseDecoder, BaseMultilatentEncoder, ModelOutput, MoPoE, MoPoEConfig

from .world import LinearGaussian


def linear_gaussian_model(
    truth: LinearGaussian, *, widening: float = 1.0, shift: float = 0.0, seed: int = 0, **config: Any
) -> MoPoE:
    """A model in float64 with the decoders of ``truth`` and linear encoders; nothing is left to be trained.

    Each encoder returns the posterior given its modality alone, diagonal and as imperfect as asked for:
    trained encoders are, and an estimate of the likelihood must be right all the same.

    Args:
        truth: what the data come from.
        widening: factor on every variance of the encoders; 1 for the true ones.
        shift: added to every mean: a fixed random direction of this many posterior standard deviations.
        seed: of that direction.
        config: anything else that :class:`mopoe.MoPoEConfig` takes, such as ``subsets``.
    """
    names = truth.modalities
    generator = torch.Generator().manual_seed(seed)
    encoders = {name: LinearEncoder(truth, name, widening, shift, generator) for name in names}
    model = MoPoE(
        MoPoEConfig(
            len(names),
            latent_dim=truth.latent_dim,
            input_dims={name: (len(truth.offsets[name]),) for name in names},
            decoder_dist_params={name: {"scale": truth.noise[name]} for name in names},
            modalities_specific_dim={m: c.shape[1] for m, c in truth.private_loadings.items()} or None,
            **config,
        ),
        encoders,
        {name: LinearDecoder(truth, name) for name in names},
    )
    return model.double().requires_grad_(False)


def decoded_truth(model: MoPoE, noise: Mapping[str, float]) -> LinearGaussian:
    """What a model of :func:`linear_gaussian_model` decodes, after training too, as a model whose ln p(x) is exact.

    Args:
        model: without private latents.
        noise: modality → σ_m of its likelihood.

    Raises:
        TypeError: a decoder is not linear; the message names the modality.
    """
    loadings, offsets = {}, {}
    for name, decoder in model.decoders.items():
        if not isinstance(decoder, LinearDecoder):
            raise TypeError(f"decoders[{name!r}]: expected a LinearDecoder, got {type(decoder).__name__}")
        loadings[name], offsets[name] = decoder.loading.detach().clone(), decoder.offset.detach().clone()
    return LinearGaussian(loadings, offsets, noise)


class LinearEncoder(BaseMultilatentEncoder):
    r"""The posterior of (z, w_m) given x_m: mean (x − b) G, with a variance that does not depend on x.

    Where single entries are missing it is the posterior given the others, as wide and as far off as the rest: with L
    the columns of A_m and C_m side by side and W diagonal, 1 / σ² where an entry was observed and 0 elsewhere,

    .. math:: \Sigma = (I + L^T W L)^{-1}, \quad \mu = \Sigma L^T W (x - b)

    That one is computed anew from the truth, whatever training made of G.
    """

    loading: Tensor
    offset: Tensor
    direction: Tensor

    def __init__(
        self, truth: LinearGaussian, name: str, widening: float, shift: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        loading = _loading(truth, name)
        self.latent_dim, self.widening = truth.latent_dim, widening
        self.precision = 1 / truth.noise[name] ** 2
        direction = shift * torch.randn(loading.shape[1], dtype=torch.float64, generator=generator)
        constants = {"loading": loading, "offset": truth.offsets[name], "direction": direction}
        for key, value in constants.items():
            self.register_buffer(key, value.clone(), persistent=False)
        gain, covariance = self._gain(torch.full((1, len(loading)), self.precision, dtype=torch.float64))
        variance = covariance[0].diagonal()
        self.gain = nn.Parameter(gain[0])
        self.constant = nn.Parameter(variance.sqrt() * direction - truth.offsets[name] @ gain[0])
        self.log_variance = nn.Parameter(torch.log(widening * variance))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> ModelOutput:
        """(B, d_m), and which entries were observed, if not all → means and ln σ²."""
        if mask is None:
            mean = x @ self.gain + self.constant
            logvar = self.log_variance.expand_as(mean)
        else:
            gain, covariance = self._gain(self.precision * mask.to(x.dtype))
            variance = covariance.diagonal(dim1=-2, dim2=-1)
            mean = torch.einsum("bi,bij->bj", x - self.offset, gain) + variance.sqrt() * self.direction
            logvar = torch.log(self.widening * variance)
        shared, private = slice(self.latent_dim), slice(self.latent_dim, None)
        return ModelOutput(
            embedding=mean[:, shared],
            log_covariance=logvar[:, shared],
            style_embedding=mean[:, private],
            style_log_covariance=logvar[:, private],
        )

    def _gain(self, precisions: Tensor) -> tuple[Tensor, Tensor]:
        """W L Σ, (B, d_m, E), and Σ, (B, E, E), of entries with these precisions, (B, d_m)."""
        weighed = precisions[..., None] * self.loading
        identity = torch.eye(self.loading.shape[1], dtype=self.loading.dtype, device=self.loading.device)
        covariance = torch.linalg.inv(identity + self.loading.T @ weighed)
        return weighed @ covariance, covariance


class LinearDecoder(BaseDecoder):
    """A_m z + C_m w_m + b_m, from (z, w_m) side by side."""

    def __init__(self, truth: LinearGaussian, name: str) -> None:
        super().__init__()
        self.loading = nn.Parameter(_loading(truth, name))
        self.offset = nn.Parameter(truth.offsets[name].clone())

    def forward(self, z: Tensor) -> ModelOutput:
        """(B, D + P_m) → (B, d_m)."""
        return ModelOutput(reconstruction=z @ self.loading.T + self.offset)


def _loading(truth: LinearGaussian, name: str) -> Tensor:
    """A_m and C_m side by side, (d_m, D + P_m)."""
    private = truth.private_loadings.get(name)
    shared = truth.loadings[name]
    return torch.cat([shared] if private is None else [shared, private], 1)
