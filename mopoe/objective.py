"""The generalised ELBO as a training objective, and the choice of components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .data import first_indices
from .evidence.estimate import EvidenceVAE
from .fusion.divergence import mixture_divergence
from .fusion.family import Family
from .fusion.gaussians import kl_to_standard_normal, shifted, subset_products
from .fusion.selection import select_components, take_components
from .inputs import Inputs
from .networks.assembly import full_precision
from .output import ModelOutput


class ObjectiveVAE(EvidenceVAE):
    """Adds to the model what it is trained by."""

    def check_inputs(self, inputs: Any) -> None:
        """Refuse what :meth:`forward` would refuse, without a pass through the networks.

        Inside a CUDA graph nothing can be asked of data, and ``forward`` does not look whether they are within their
        likelihood's support: check them all before.

        Raises:
            TypeError, ValueError: naming the modality, what came and what was expected.
        """
        self._read(inputs, check_support=True)

    def draw_noise(self, inputs: Any, generator: torch.Generator | None = None) -> Noise:
        """All that is random in :meth:`forward` for these inputs, to be handed to it as ``noise``.

        ``model(x, noise=model.draw_noise(x, generator))`` is ``model(x, generator)``. Cut by its ``rows``, it
        gives the parts of a batch the numbers that they have in the whole.
        """
        return self._noise(self._read(inputs), generator)

    def _noise(self, batch: Inputs, generator: torch.Generator | None) -> Noise:
        family = self._family(batch, generator)
        components = family.select(batch.length, generator)
        like = full_precision(self._like)

        def standard(size: int) -> Tensor:
            return torch.randn(batch.length, size, dtype=like.dtype, device=like.device, generator=generator)

        shared = standard(self.latent_dim)
        private = {name: standard(size) for name, size in self.style_dims.items()}
        return Noise(family, components, shared, private)

    def _require_fitting(self, noise: Noise, length: int, observed: Tensor | None) -> None:
        if len(noise) != length:
            raise ValueError(f"noise: expected that of {length} samples, got that of {len(noise)}")
        expected = (self.n_modalities, self.latent_dim, self.style_dims)
        private = {name: drawn.shape[1] for name, drawn in noise.private.items()}
        got = (noise.family.membership.shape[-1], noise.shared.shape[1], private)
        if got != expected:
            raise ValueError(
                "noise: expected that of this model, with modalities, latent size and private sizes "
                f"{expected}, got {got}"
            )
        if observed is not None and not noise.family.by_sample and not bool(observed.all()):
            raise ValueError(
                "noise: expected that of inputs with the same missing modalities, got that of complete ones"
            )

    def forward(
        self,
        inputs: Any,
        generator: torch.Generator | None = None,
        noise: Noise | None = None,
        **kwargs: Any,
    ) -> ModelOutput:
        r"""The negative generalised ELBO in nats, averaged over the batch.

        ``loss`` = Σ_m ``recon_<m>`` + β (``joint_divergence`` + β_style Σ_m ``style_divergence_<m>``), where
        ``recon_<m>`` is −ln p(x_m|z) times the modality's rescaling factor, at one draw of z from each
        sample's component. A sampled family leaves loss and gradient without bias.

        Args:
            inputs: a batch.
            generator: source of the noise.
            noise: the noise itself, from :meth:`draw_noise` for inputs with the same missing modalities.
            **kwargs: ignored.

        Returns:
            ``ModelOutput(loss, loss_sum, metrics)``; ``loss_sum`` = B · ``loss``.

        Raises:
            ValueError: noise for another number of samples or another model, noise for complete inputs where
                these lack something, or what any method refuses.
        """
        recorded = self.device.type == "cuda" and torch.cuda.is_current_stream_capturing()
        batch = self._read(inputs, check_support=not recorded)
        observed = batch.observed(self.modalities)
        if noise is None:
            noise = self._noise(batch, generator)
        else:
            self._require_fitting(noise, batch.length, observed)
        experts = self._experts(batch)
        mus, logvars = self._stacked(experts, self.modalities)
        chosen = noise.family.taken(noise.components)
        mu, logvar = subset_products(mus, logvars, chosen.membership, chosen.prior_experts, observed)
        z = shifted(mu[0], logvar[0], noise.shared)
        divergence = mixture_divergence(mus, logvars, noise.family, observed).mean()
        metrics = ModelOutput(joint_divergence=divergence)
        loss = self.model_config.beta * divergence
        style_weight = self.model_config.beta * self.model_config.beta_style
        for name in self.modalities:
            latent = z
            if self.multiple_latent_spaces:
                style = self._style(experts[name], name, batch)
                latent = torch.cat([z, shifted(*style, noise.private[name])], -1)
                metrics[f"style_divergence_{name}"] = kl_to_standard_normal(*style).mean()
                loss = loss + style_weight * metrics[f"style_divergence_{name}"]
            log_prob = self._log_likelihood(name, latent, batch)
            metrics[f"recon_{name}"] = -self.rescale_factors[name] * log_prob.mean()
            loss = loss + metrics[f"recon_{name}"]
        return ModelOutput(loss=loss, loss_sum=loss * batch.length, metrics=metrics)

    def calc_joint_divergence(self, mus: Tensor, logvars: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Σ_s w_s KL(q_s ‖ p) in nats: the mean over the batch, and each expert's KL, (S, B).

        Args:
            mus: (S, B, D).
            logvars: (S, B, D), ln σ².
            weights: (S, B), or (S,) for all samples alike.

        Raises:
            ValueError: shapes that do not fit.
        """
        fit = mus.ndim == 3 and mus.shape == logvars.shape and weights.shape in (mus.shape[:1], mus.shape[:2])
        if not fit:
            raise ValueError(
                "joint divergence: expected mus and logvars (S, B, D) and weights (S, B) or (S,), "
                f"got {tuple(mus.shape)}, {tuple(logvars.shape)} and {tuple(weights.shape)}"
            )
        divergences = kl_to_standard_normal(mus, logvars)
        weights = weights[:, None] if weights.ndim == 1 else weights
        return (weights * divergences).sum(0).mean(), divergences

    def random_mixture_component_selection(
        self, mus: Tensor, logvars: Tensor, availabilities: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """One component a sample among those available to it, (B, D) mean and ln σ²; see ``select_components``.

        Args:
            mus: (S, B, D).
            logvars: (S, B, D).
            availabilities: (S, B), boolean or weights.
            generator: source of the choice.

        Raises:
            ValueError: shapes that do not fit, a negative weight, or a sample without an available component.
        """
        if mus.shape != logvars.shape or availabilities.shape != mus.shape[:2]:
            raise ValueError(
                "component selection: expected mus and logvars (S, B, D) and weights (S, B), "
                f"got {tuple(mus.shape)}, {tuple(logvars.shape)} and {tuple(availabilities.shape)}"
            )
        unusable = (availabilities < 0).any(0) | ~(availabilities.sum(0) > 0)
        if bool(unusable.any()):
            raise ValueError(
                "component selection: expected weights >= 0 with a positive one in every column, "
                f"got others for samples {first_indices(unusable)}"
            )
        components = select_components(availabilities.to(mus.dtype), generator)
        return take_components(mus, components), take_components(logvars, components)

    def deterministic_mixture_component_selection(
        self, mus: Tensor, logvars: Tensor, w_modalities: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """The same with one set of weights (S,) for all samples: proportions match them to within one sample."""
        if w_modalities.ndim != 1:
            raise ValueError(f"w_modalities: expected shape (S,), got {tuple(w_modalities.shape)}")
        weights = w_modalities.to(mus.dtype)[:, None].expand(-1, mus.shape[1])
        return self.random_mixture_component_selection(mus, logvars, weights, generator)


@dataclass(frozen=True, eq=False)
class Noise:
    """What :meth:`mopoe.MoPoE.draw_noise` drew for a batch.

    Drawn for a whole batch and cut by :meth:`rows`, it lets processes that share the batch see the very numbers
    that one process would.

    Attributes:
        family: the subsets; drawn too where the model samples them.
        components: (B,), each sample's component in the family.
        shared: (B, D), standard normal.
        private: modality → (B, D_m), likewise.
    """

    family: Family
    components: Tensor
    shared: Tensor
    private: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(self.components)

    def rows(self, start: int, stop: int) -> Noise:
        """The noise of a slice of the batch."""
        private = {name: noise[start:stop] for name, noise in self.private.items()}
        return Noise(
            self.family.rows(start, stop), self.components[start:stop], self.shared[start:stop], private
        )
