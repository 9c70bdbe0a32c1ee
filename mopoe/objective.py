"""The generalised ELBO as a training objective, and the noise that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .decoding import decoder_input, explain
from .fusion.divergence import mixture_divergence
from .fusion.gaussians import kl_to_standard_normal, shifted, subset_products
from .fusion.mixture import SubsetMixture
from .inference import MultimodalVAE
from .inputs import Inputs
from .networks.assembly import full_precision, private_posterior, stacked
from .output import ModelOutput


@dataclass(frozen=True, eq=False)
class Noise:
    """What :meth:`mopoe.MoPoE.draw_noise` drew for a batch.

    Drawn for a whole batch and cut by :meth:`rows`, it lets processes that share the batch see the very numbers
    that one process would.

    Attributes:
        mixture: the subsets; drawn too where the model samples them.
        components: (B,), each sample's component of the mixture.
        shared: (B, D), standard normal.
        private: modality → (B, D_m), likewise.
    """

    mixture: SubsetMixture
    components: Tensor
    shared: Tensor
    private: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(self.components)

    def rows(self, start: int, stop: int) -> Noise:
        """The noise of a slice of the batch."""
        private = {name: noise[start:stop] for name, noise in self.private.items()}
        return Noise(
            self.mixture.rows(start, stop), self.components[start:stop], self.shared[start:stop], private
        )


def draw_noise(model: MultimodalVAE, batch: Inputs, generator: torch.Generator | None) -> Noise:
    """All that is random in the objective of a batch."""
    mixture = model.mixture_of(batch, generator)
    components = mixture.select(batch.length, generator)
    like = full_precision(model.reference)

    def standard(size: int) -> Tensor:
        return torch.randn(batch.length, size, dtype=like.dtype, device=like.device, generator=generator)

    shared = standard(model.latent_dim)
    private = {name: standard(size) for name, size in model.style_dims.items()}
    return Noise(mixture, components, shared, private)


def negative_generalised_elbo(
    model: MultimodalVAE, batch: Inputs, noise: Noise | None, generator: torch.Generator | None
) -> ModelOutput:
    """What :meth:`mopoe.MoPoE.forward` returns; without ``noise`` it is drawn from ``generator``."""
    observed = batch.observed(model.modalities)
    if noise is None:
        noise = draw_noise(model, batch, generator)
    else:
        _require_fitting(model, noise, batch.length, observed)
    experts = model.experts_of(batch)
    mus, logvars = stacked(experts, model.modalities)
    chosen = noise.mixture.taken(noise.components)
    mu, logvar = subset_products(mus, logvars, chosen.membership, chosen.prior_experts, observed)
    z = shifted(mu[0], logvar[0], noise.shared)
    divergence = mixture_divergence(mus, logvars, noise.mixture, observed).mean()
    metrics = ModelOutput(joint_divergence=divergence)
    beta, beta_style = model.model_config.beta, model.model_config.beta_style
    loss = beta * divergence
    private = {}
    for name in model.modalities:
        having = _Having.of(name, batch, divergence)
        if model.multiple_latent_spaces:
            style = private_posterior(experts[name], name, batch)
            private[name] = shifted(*style, noise.private[name])
            metrics[f"style_divergence_{name}"] = having.mean(kl_to_standard_normal(*style))
            loss = loss + beta * beta_style * having.part(metrics[f"style_divergence_{name}"])
        log_prob = explain(model, name, decoder_input(z, private, name), batch)
        metrics[f"recon_{name}"] = -model.rescale_factors[name] * having.mean(log_prob)
        loss = loss + having.part(metrics[f"recon_{name}"])
        if having.share is not None:
            metrics[f"share_{name}"] = having.share
    return ModelOutput(loss=loss, loss_sum=loss * batch.length, metrics=metrics)


@dataclass(frozen=True)
class _Having:
    """The samples of a batch that have a modality: their number and share, scalars; ``None`` for complete data."""

    number: Tensor | None = None
    share: Tensor | None = None

    @classmethod
    def of(cls, name: str, batch: Inputs, like: Tensor) -> _Having:
        if batch.masks is None:
            return cls()
        number = batch.masks[name].sum().to(like.dtype)
        return cls(number, number / batch.length)

    def mean(self, term: Tensor) -> Tensor:
        """Over them, of a term (B,) that is zero for all others; zero if there are none."""
        return term.mean() if self.number is None else term.sum() / self.number.clamp(min=1)

    def part(self, mean: Tensor) -> Tensor:
        """What their mean is of a mean over the batch."""
        return mean if self.share is None else self.share * mean


def _require_fitting(model: MultimodalVAE, noise: Noise, length: int, observed: Tensor | None) -> None:
    if len(noise) != length:
        raise ValueError(f"noise: expected that of {length} samples, got that of {len(noise)}")
    expected = (model.n_modalities, model.latent_dim, model.style_dims)
    private = {name: drawn.shape[1] for name, drawn in noise.private.items()}
    got = (noise.mixture.membership.shape[-1], noise.shared.shape[1], private)
    if got != expected:
        raise ValueError(
            "noise: expected that of this model, with modalities, latent size and private sizes "
            f"{expected}, got {got}"
        )
    if observed is not None and not noise.mixture.by_sample and not bool(observed.all()):
        raise ValueError(
            "noise: expected that of inputs with the same missing modalities, got that of complete ones"
        )
