"""The mixture-of-products-of-experts VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily

from .checks import check_count
from .fusion.gaussians import as_distribution, draw
from .fusion.selection import take_components
from .fusion.subsets import power_set
from .objective import ObjectiveVAE
from .output import ModelOutput


class MoPoE(ObjectiveVAE):
    r"""Mixture-of-products-of-experts VAE (Sutter, Daunhawer and Vogt 2021, *Generalized Multimodal ELBO*).

    Every subset S of the modalities has a product of experts :math:`q_S(z|x) \propto \prod_{m \in S} q_m(z|x_m)`;
    the joint posterior is their mixture. The training objective is the generalised ELBO

    .. math:: \frac{1}{|\mathcal S|} \sum_S \Big\{ E_{q_S}\big[\textstyle\sum_m \ln p(x_m|z)\big]
              - \beta\, KL(q_S \| p) \Big\}

    Args:
        model_config: see :class:`MoPoEConfig`; it is copied, never altered.
        encoders: ``None`` (MLPs), the name of a network, or modality → module or name. A module's output
            has ``embedding`` and ``log_covariance``, with private latents also ``style_embedding`` and
            ``style_log_covariance``, by attribute or key.
        decoders: likewise; the output has ``reconstruction``. With private latents the input is (z, w_m).

    Wherever ``inputs`` stands: a data set, a slice of it, one item, a batch of a DataLoader, or a dict of tensors.
    """

    def all_subsets(self) -> list[tuple[str, ...]]:
        """All 2^M − 1 non-empty subsets of the modalities, by size."""
        return power_set(self.modalities)

    # --- inference ---

    def modality_encode(self, inputs: Any) -> dict[str, ModelOutput]:
        """Each modality's expert: modality → output with ``embedding`` and ``log_covariance``, (B, D)."""
        return self._experts(self._read(inputs))

    def inference(self, inputs: Any, generator: torch.Generator | None = None) -> dict[str, Any]:
        """Posteriors of all configured subsets and one mixture component drawn for each sample.

        Returns:
            ``modalities``: outputs of the encoders; ``mus``, ``logvars``: (S, B, D); ``weights``: (S, B), zero
            where unobserved, columns sum to 1; ``joint``: [mu, logvar], (B, D), of the selected component;
            ``subsets``: key → [mu, logvar], (B, D). With missing modalities, a subset of weight zero holds
            the product of those of its modalities that were observed. A sampled family has no keys:
            ``membership`` then tells which modalities the products are of, (S, M), or (S, B, M) where some
            are missing.
        """
        batch = self._read(inputs)
        experts, mus, logvars, weights, family = self._posteriors(batch, generator)
        components = family.select(batch.length, generator)
        if self._law:
            listing: dict[str, Any] = {"membership": family.membership}
        else:
            pairs = map(list, zip(mus, logvars, strict=True))
            listing = {"subsets": dict(zip(self.subsets, pairs, strict=True))}
        return {
            "modalities": experts,
            "mus": mus,
            "logvars": logvars,
            "weights": weights,
            "joint": [take_components(mus, components), take_components(logvars, components)],
            **listing,
        }

    def posterior(self, inputs: Any, subset: str | Sequence[str] = "all") -> Independent:
        """q_S(z|x) for any set of modalities: a diagonal Gaussian, batch (B,), event (D,)."""
        names = self._names(subset, "subset")
        batch = self._read(inputs, names)
        self._require_observed(batch, names, "subset")
        return as_distribution(*self._condition(batch, names)[:2])

    def joint_posterior(
        self, inputs: Any, within: str | Sequence[str] = "all", generator: torch.Generator | None = None
    ) -> MixtureSameFamily:
        """q(z|x), the mixture of the configured subsets with each sample's own weights: batch (B,), event (D,).

        Of a sampled family it is the mixture of the subsets drawn now: not q itself, but like it on average.

        Args:
            inputs: must hold the modalities of ``within``.
            within: mix the subsets that lie within these modalities alone, as if no other had been observed.
            generator: source of the subsets where they are sampled.

        Raises:
            ValueError: a sample shows none of them, or none that a configured subset holds.
        """
        names = self._names(within, "within")
        batch = self._read(inputs, names)
        if names != self.modalities:
            batch = batch.alone(names, self.modalities)
        _, mus, logvars, weights, _ = self._posteriors(batch, generator)
        components = as_distribution(mus.transpose(0, 1), logvars.transpose(0, 1))
        # By logits, as probabilities would be clamped away from zero: −∞ leaves an unobserved subset out.
        return MixtureSameFamily(Categorical(logits=weights.T.log()), components)

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

        Returns:
            ``z`` (B, D), or (B, N, D) for N > 1; ``one_latent_space``; ``modalities_z``, private latents by
            modality in the same layout, from the prior for modalities that were not conditioned on.

        Raises:
            ValueError: unknown modality, N < 1, or a conditioning modality that is unobserved in some samples.
        """
        check_count(N, "N")
        names = self._names(cond_mod, "cond_mod")
        batch = self._read(inputs, names)
        if not ignore_incomplete:
            self._require_observed(batch, names, "cond_mod")
        mu, logvar, experts = self._condition(batch, names)

        def sample(mean: Tensor, log_variance: Tensor) -> Tensor:
            leading = () if N == 1 else (N,)
            z = (
                mean.expand(*leading, *mean.shape)
                if return_mean
                else draw(mean, log_variance, leading, generator)
            )
            if N > 1:
                z = z.transpose(0, 1)
            return z.flatten(0, 1) if flatten and N > 1 else z

        styles = {}
        for name, size in self.style_dims.items():
            prior = (mu.new_zeros(len(mu), size),) * 2
            styles[name] = sample(*(self._style(experts[name], name, batch) if name in experts else prior))
        return ModelOutput(
            z=sample(mu, logvar), one_latent_space=not self.multiple_latent_spaces, modalities_z=styles
        )

    def decode(self, embedding: Any, modalities: str | Sequence[str] = "all") -> ModelOutput:
        r"""Expected data given latents, in data space: probabilities for bernoulli and categorical decoders.

        Args:
            embedding: what :meth:`encode` returned, or the tensor z itself in a model of one latent space;
                any leading axes, (\*, D).
            modalities: ``"all"``, a modality, or a list of them.

        Returns:
            modality → (\*, \*dims).
        """
        names = self._names(modalities, "modalities")
        z, styles = self._read_embedding(embedding, names)
        output = ModelOutput()
        with self.evaluating():
            for name in names:
                latent = torch.cat([z, styles[name]], -1) if self.multiple_latent_spaces else z
                output[name] = self.likelihoods[name].mean(self._decode_raw(name, latent))
        return output

    def log_likelihood(
        self, inputs: Any, embedding: Any, modalities: str | Sequence[str] = "all"
    ) -> ModelOutput:
        r"""ln p(x_m|z) in nats for each modality: how well latents explain data, 0 where missing.

        Args:
            inputs: must hold ``modalities``; B samples.
            embedding: as in :meth:`decode`, but for z of shape (\*, B, D).
            modalities: ``"all"``, a modality, or a list of them.

        Returns:
            modality → (\*, B); neither rescaling factors nor β enter.

        Raises:
            ValueError: shapes that do not fit, or a modality that ``inputs`` lack.
        """
        names = self._names(modalities, "modalities")
        batch = self._read(inputs, names, check_support=True)
        z, styles = self._read_embedding(embedding, names)
        if z.ndim < 2 or z.shape[-2] != batch.length:
            raise ValueError(
                f"embedding: expected z of shape (*, {batch.length}, {self.latent_dim}), got {tuple(z.shape)}"
            )
        output = ModelOutput()
        with self.evaluating():
            for name in names:
                latent = torch.cat([z, styles[name]], -1) if self.multiple_latent_spaces else z
                output[name] = self._log_likelihood(name, latent, batch)
        return output

    def predict(
        self,
        inputs: Any,
        cond_mod: str | Sequence[str] = "all",
        gen_mod: str | Sequence[str] = "all",
        N: int = 1,
        flatten: bool = False,
        **kwargs: Any,
    ) -> ModelOutput:
        r"""What the model generates for ``gen_mod`` when it sees ``cond_mod``.

        Args:
            inputs: as in :meth:`encode`.
            cond_mod: as in :meth:`encode`.
            gen_mod: ``"all"``, a modality, or a list of them.
            N: as in :meth:`encode`.
            flatten: as in :meth:`encode`.
            **kwargs: :meth:`encode`'s other arguments.

        Returns:
            modality → (B, \*dims), (B, N, \*dims) for N > 1, or (B·N, \*dims) with ``flatten``.
        """
        self._names(gen_mod, "gen_mod")
        with self.evaluating():
            return self.decode(self.encode(inputs, cond_mod, N, flatten=flatten, **kwargs), gen_mod)

    def generate_from_prior(self, n_samples: int, generator: torch.Generator | None = None) -> ModelOutput:
        r"""Latents drawn from the prior with what they decode to.

        Returns:
            ``z`` (n, D), ``one_latent_space``, ``modalities_z`` as in :meth:`encode`, and modality → (n, \*dims).
        """
        check_count(n_samples, "n_samples")
        like = self._like

        def prior(size: int) -> Tensor:
            return torch.randn(n_samples, size, dtype=like.dtype, device=like.device, generator=generator)

        latents = ModelOutput(
            z=prior(self.latent_dim),
            one_latent_space=not self.multiple_latent_spaces,
            modalities_z={name: prior(size) for name, size in self.style_dims.items()},
        )
        return ModelOutput(latents | self.decode(latents))
