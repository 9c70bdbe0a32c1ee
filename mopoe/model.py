"""The mixture-of-products-of-experts VAE."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn

from . import decoding
from .checks import check_choice, check_count
from .display import model_table
from .evidence import estimate
from .files import load, save
from .fusion.gaussians import draw
from .inference import MultimodalVAE
from .inputs import chosen_modalities
from .multivae.calls import LAYOUTS, arrange, per_draw, warn_of_unused
from .multivae.names import MultiVaeNames
from .networks.assembly import private_posterior
from .networks.usable import require_usable
from .objective import Noise, draw_noise, negative_generalised_elbo
from .output import ModelOutput
from .reading.parts import gathered


class MoPoE(MultiVaeNames, MultimodalVAE):
    r"""Mixture-of-products-of-experts VAE (Sutter, Daunhawer and Vogt 2021, *Generalized Multimodal ELBO*).

    Every subset S of the modalities has a product of experts :math:`q_S(z|x) \propto \prod_{m \in S} q_m(z|x_m)`;
    the joint posterior is their mixture. The training objective is the generalised ELBO

    .. math:: \frac{1}{|\mathcal S|} \sum_S \Big\{ E_{q_S}\big[\textstyle\sum_m \ln p(x_m|z)\big]
              - \beta\, KL(q_S \| p) \Big\}

    Args:
        model_config: see :class:`mopoe.MoPoEConfig`; it is copied, never altered.
        encoders: ``None`` (MLPs), the name of a network, or modality → module or name. A module's output
            has ``embedding`` and ``log_covariance``, with private latents also ``style_embedding`` and
            ``style_log_covariance``, by attribute or key.
        decoders: likewise; the output has ``reconstruction``. With private latents the input is (z, w_m).

    Wherever ``inputs`` stands: a data set, a slice of it, one item, a batch of a DataLoader, or a dict of tensors.

    The loss, what is encoded (:meth:`encode`, :meth:`posterior`, :meth:`inference`) and :meth:`log_likelihood` have
    gradients; what is generated (:meth:`decode`, :meth:`predict`, :meth:`generate_from_prior`) has them where
    ``differentiable=True`` asks for them.
    """

    # --- training ---

    def forward(
        self,
        inputs: Any,
        generator: torch.Generator | None = None,
        noise: Noise | None = None,
        **kwargs: Any,
    ) -> ModelOutput:
        r"""The negative generalised ELBO in nats, averaged over the batch.

        ``loss`` = β ``joint_divergence`` + Σ_m ``share_<m>`` (``recon_<m>`` + β β_style ``style_divergence_<m>``).
        ``recon_<m>`` is −ln p(x_m|z) times the modality's rescaling factor, at one draw of z from each sample's
        component, and like ``style_divergence_<m>`` the mean over the samples that have m; ``share_<m>`` of the batch
        do. Complete inputs have no shares: all are 1. Where nobody has m its terms and its share are 0. Subsets that
        are sampled leave loss and gradient without bias.

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
        batch = self.read_inputs(inputs, check_support=not recorded)
        return negative_generalised_elbo(self, batch, noise, generator)

    def check_inputs(self, inputs: Any) -> None:
        """Refuse what :meth:`forward` would refuse, without a pass through the networks.

        Inside a CUDA graph nothing can be asked of data, and ``forward`` does not look whether they are within their
        likelihood's support: check them all before.

        Raises:
            TypeError, ValueError: naming the modality, what came and what was expected.
        """
        self.read_inputs(inputs, check_support=True)

    def check_experts(self, inputs: Any) -> None:
        """Refuse inputs to which an encoder answers what no product can be made of: where ``forward`` turns to NaN.

        An untrained encoder does so to data far from the unit scale.

        Raises:
            ValueError: naming encoder and samples; or what any method refuses.
        """
        batch = self.read_inputs(inputs)
        require_usable(self.experts_of(batch), batch.masks)

    def draw_noise(self, inputs: Any, generator: torch.Generator | None = None) -> Noise:
        """All that is random in :meth:`forward` for these inputs, to be handed to it as ``noise``.

        ``model(x, noise=model.draw_noise(x, generator))`` is ``model(x, generator)``. Cut by its ``rows``, it
        gives the parts of a batch the numbers that they have in the whole.
        """
        return draw_noise(self, self.read_inputs(inputs), generator)

    # --- encoding and generating ---

    def encode(
        self,
        inputs: Any,
        cond_mod: str | Sequence[str] = "all",
        N: int = 1,
        return_mean: bool = False,
        *,
        flatten: bool = False,
        ignore_incomplete: bool = False,
        generator: torch.Generator | None = None,
        layout: str = "mopoe",
        **kwargs: Any,
    ) -> ModelOutput:
        """Draws from the product of experts on any set of modalities, configured as a subset or not.

        Args:
            inputs: must hold the conditioning modalities; others may be absent.
            cond_mod: ``"all"``, a modality, or a list of them.
            N: draws a sample.
            return_mean: the posterior mean N times instead of draws.
            flatten: (B·N, D) instead of (B, N, D), the draws of a sample side by side.
            ignore_incomplete: where a conditioning modality is missing, use those observed (the prior if none).
            generator: source of the noise.
            layout: ``"multivae"`` puts the first draw of all samples first: (N, B, D), or (N·B, D) with ``flatten``.
            **kwargs: not used, and a warning says so.

        Returns:
            ``z`` (B, D), or (B, N, D) for N > 1; ``one_latent_space``; ``modalities_z``, private latents by
            modality in the same layout, from the prior for modalities that were not conditioned on.

        Raises:
            ValueError: unknown modality, N < 1, or a conditioning modality that is unobserved in some samples.
        """
        check_count(N, "N")
        check_choice(layout, "layout", LAYOUTS)
        warn_of_unused(kwargs, "encode")
        names = chosen_modalities(cond_mod, self.modalities, "cond_mod")
        batch = self.read_inputs(inputs, names)
        if not ignore_incomplete:
            batch.require_observed(names, "cond_mod")
        mu, logvar, experts = self.product_of(batch, names)

        def sample(mean: Tensor, log_variance: Tensor) -> Tensor:
            leading = () if N == 1 else (N,)
            z = (
                mean.expand(*leading, *mean.shape)
                if return_mean
                else draw(mean, log_variance, leading, generator)
            )
            return arrange(z, flatten, layout) if N > 1 else z

        styles = {}
        for name, size in self.style_dims.items():
            prior = (mu.new_zeros(len(mu), size),) * 2
            styles[name] = sample(
                *(private_posterior(experts[name], name, batch) if name in experts else prior)
            )
        return ModelOutput(
            z=sample(mu, logvar), one_latent_space=not self.multiple_latent_spaces, modalities_z=styles
        )

    decode = decoding.decode
    generate_from_prior = decoding.generate_from_prior

    def predict(
        self,
        inputs: Any,
        cond_mod: str | Sequence[str] = "all",
        gen_mod: str | Sequence[str] = "all",
        N: int = 1,
        flatten: bool = False,
        *,
        layout: str = "mopoe",
        noise: bool = False,
        generator: torch.Generator | None = None,
        differentiable: bool = False,
        **kwargs: Any,
    ) -> ModelOutput:
        r"""What the model generates for ``gen_mod`` when it sees ``cond_mod``.

        By default these are means of p(x|z), one for each draw of z: their spread is that of z alone. For
        intervals that are to hold the data themselves, ask for ``noise=True``. Counts of samples that have a size
        factor are predicted at that size, others at size 1.

        Args:
            inputs: as in :meth:`encode`.
            cond_mod: as in :meth:`encode`.
            gen_mod: ``"all"``, a modality, or a list of them.
            N: as in :meth:`encode`.
            flatten: as in :meth:`encode`.
            layout: as in :meth:`encode`; what is predicted stays in data space.
            noise: data drawn from p(x|z) instead of their mean, as in :meth:`decode`.
            generator: source of all noise.
            differentiable: keep the graph, for gradients by data or weights, as in :meth:`decode`.
            **kwargs: :meth:`encode`'s other arguments.

        Returns:
            modality → (B, \*dims), (B, N, \*dims) for N > 1, or (B·N, \*dims) with ``flatten``.
        """
        names = chosen_modalities(gen_mod, self.modalities, "gen_mod")
        inputs = gathered(inputs)
        with self.evaluating(), decoding.graph(differentiable):
            latents = self.encode(
                inputs, cond_mod, N, flatten=flatten, layout=layout, generator=generator, **kwargs
            )
            sizes = self._reader.size_factors_of(inputs, self.device, names)
            sizes = {name: per_draw(size, N, flatten, layout) for name, size in sizes.items()}
            return self.decode(
                latents,
                names,
                noise=noise,
                generator=generator,
                differentiable=differentiable,
                size_factors=sizes,
            )

    # --- how likely data are ---

    log_likelihood = decoding.log_likelihood
    estimate_nll = estimate.estimate_nll
    estimate_bounds = estimate.estimate_bounds

    # --- files and notebooks ---

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Write ``config.json`` and ``model.safetensors``. The user's own networks and functions are passed
        again on loading."""
        save(self, folder)

    @classmethod
    def from_pretrained(
        cls,
        folder: str | os.PathLike[str],
        encoders: Mapping[str, nn.Module] | None = None,
        decoders: Mapping[str, nn.Module] | None = None,
        decoders_dist: Mapping[str, Any] | None = None,
    ) -> Self:
        """The model that :meth:`save_pretrained` wrote, in evaluation mode on the CPU.

        Args:
            folder: where it was saved.
            encoders: modality → the user's own network, where the saved model had one.
            decoders: likewise.
            decoders_dist: modality → the user's own ``log_prob``, where the saved model had one.

        Raises:
            TypeError: networks or functions that do not come in a dict.
            FileNotFoundError, ValueError: absent or damaged files, or networks that are needed and not given.
        """
        return load(cls, folder, encoders, decoders, decoders_dist)

    def _repr_html_(self) -> str:
        return model_table(self)
