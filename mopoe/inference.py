"""q(z|x) of a model: its networks, its checked inputs, and the posteriors of its subsets."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self, cast

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Independent, MixtureSameFamily

from .config import MoPoEConfig
from .fusion.gaussians import as_distribution, subset_products
from .fusion.mixture import SubsetMixture
from .fusion.prior_expert import prior_expert_joins
from .fusion.sampled import draw_subsets, subset_distribution
from .fusion.selection import component_weights, take_components
from .fusion.subsets import MOST_LISTED, membership_matrix, power_set, resolve_subsets
from .fusion.sums import binary_order
from .inputs import InputReader, Inputs, chosen_modalities
from .likelihoods import Likelihood
from .multivae.calls import warn_of_unused
from .networks.assembly import assemble_networks, read_gaussian, stacked
from .networks.entries import encode_incomplete, encoder_features
from .networks.sharing import claim, remember
from .output import ModelOutput

# Fields of a config that can differ between two models with the same networks and likelihoods.
_FREE = ("subsets", "prior_expert", "beta", "beta_style", "subset_draws", "added_variance")


class Posteriors(NamedTuple):
    """Each modality's expert, and the mixture: ``mus`` and ``logvars`` (S, B, D), ``weights`` (S, B)."""

    experts: dict[str, ModelOutput]
    mus: Tensor
    logvars: Tensor
    weights: Tensor
    mixture: SubsetMixture


class MultimodalVAE(nn.Module):
    """What :class:`mopoe.MoPoE` is built on: networks, checked inputs, posteriors of subsets.

    Attributes:
        modalities: all names, in order.
        latent_dim: D.
        style_dims: modality → D_m; empty without private latents.
        rescale_factors: modality → factor on its ln p(x_m|z) in training.
        likelihoods: modality → :class:`mopoe.Likelihood`.
        subset_distribution: how subsets are drawn, if they are not listed; else ``None``.
    """

    membership: Tensor
    _prior_experts: Tensor
    _binary_order: Tensor | None

    def __init__(self, model_config: MoPoEConfig, encoders: Any = None, decoders: Any = None) -> None:
        super().__init__()
        if not isinstance(model_config, MoPoEConfig):
            raise TypeError(f"model_config: expected a MoPoEConfig, got {type(model_config).__name__}")
        networks = assemble_networks(model_config, encoders, decoders)
        self.encoders, self.decoders = networks.encoders, networks.decoders
        self.network_names = networks.names
        self.model_config = model_config.replace(custom_architectures=networks.custom)
        self.modalities: list[str] = list(self.encoders)
        self.n_modalities = len(self.modalities)
        self.latent_dim = model_config.latent_dim
        self.style_dims: dict[str, int] = dict(self.model_config.modalities_specific_dim or {})
        self.rescale_factors = self.model_config.factors(self.modalities)
        self.likelihoods: Mapping[str, Likelihood] = cast(Any, nn.ModuleDict(networks.likelihoods))
        self._reader = InputReader(self.modalities, self.model_config.input_dims, self.likelihoods)
        self._configure_subsets(torch.device("cpu"))
        claim(self)

    def __setstate__(self, state: dict[str, Any]) -> None:  # of a copy, deep or not
        super().__setstate__(state)
        remember(self)

    def _configure_subsets(self, device: torch.device) -> None:
        self.subset_distribution = subset_distribution(self.model_config.subsets)
        drawn = self.subset_distribution is not None
        self._subsets = {} if drawn else resolve_subsets(self.model_config.subsets, self.modalities)
        # Where subsets are drawn the whole set stands in: a model is where its buffers are.
        listed = list(self._subsets.values()) or [tuple(self.modalities)]
        membership = membership_matrix(listed, self.modalities).to(device)
        self.register_buffer("membership", membership, persistent=False)
        self.register_buffer("_prior_experts", self._joined_by_prior(membership), persistent=False)
        self.register_buffer("_binary_order", binary_order(membership), persistent=False)

    def _joined_by_prior(self, membership: Tensor) -> Tensor:
        return prior_expert_joins(self.model_config.prior_expert, membership.all(-1))

    @property
    def subsets(self) -> dict[str, tuple[str, ...]]:
        """Name → configured subset.

        Raises:
            ValueError: subsets are drawn, so that there is no list of them.
        """
        if self.subset_distribution:
            some = '"mopoe"' if self.n_modalities <= MOST_LISTED else "[[...], ...]"
            raise ValueError(
                f"subsets: expected subsets that are listed, got {self.subset_distribution!r}, which draws "
                f"them anew each time; look at the same networks with a list: model.sharing_networks(subsets={some})"
            )
        return self._subsets

    def sharing_networks(self, **changes: Any) -> Self:
        """The same networks under another configuration, such as ``subsets`` or ``prior_expert``.

        Nothing is copied: to train one is to train the other.

        Args:
            changes: fields of :class:`mopoe.MoPoEConfig` that say nothing about a network.

        Raises:
            ValueError: a field that the networks were built by, or a value that the config refuses.
        """
        fixed = [name for name in changes if name not in _FREE]
        if fixed:
            raise ValueError(f"sharing_networks: expected some of {', '.join(_FREE)}, got {fixed[0]!r}")
        twin = copy.copy(self)
        twin._buffers = dict(self._buffers)
        twin.model_config = self.model_config.replace(**changes)
        twin._configure_subsets(self.device)
        return twin

    @property
    def multiple_latent_spaces(self) -> bool:
        """Whether each modality has a private latent space beside the shared one."""
        return bool(self.style_dims)

    @property
    def device(self) -> torch.device:
        """Where the model lives."""
        return self.membership.device

    @property
    def reference(self) -> Tensor:
        """A tensor of the weights' type, where the model lives: what new ones are made like."""
        return next(self.parameters(), torch.empty(0, device=self.device))

    @contextlib.contextmanager
    def evaluating(self) -> Iterator[None]:
        """Evaluation mode inside, each module's own mode again afterwards."""
        modes = [(module, module.training) for module in self.modules()]
        self.eval()
        try:
            yield
        finally:
            for module, training in modes:
                module.training = training

    # --- what is known of z, by data as people hand them over ---

    def all_subsets(self) -> list[tuple[str, ...]]:
        """All 2^M − 1 non-empty subsets of the modalities, by size."""
        return power_set(self.modalities)

    def modality_encode(self, inputs: Any, **kwargs: Any) -> dict[str, ModelOutput]:
        """Each modality's expert: modality → output with ``embedding`` and ``log_covariance``, (B, D)."""
        warn_of_unused(kwargs, "modality_encode")
        return self.experts_of(self.read_inputs(inputs))

    def inference(
        self, inputs: Any, generator: torch.Generator | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Posteriors of all configured subsets and one mixture component drawn for each sample.

        Returns:
            ``modalities``: outputs of the encoders; ``mus``, ``logvars``: (S, B, D); ``weights``: (S, B), zero
            where unobserved, columns sum to 1; ``joint``: [mu, logvar], (B, D), of the selected component;
            ``subsets``: key → [mu, logvar], (B, D). With missing modalities, a subset of weight zero holds
            the product of those of its modalities that were observed. Subsets that are drawn have no keys:
            ``membership`` then tells which modalities the products are of, (S, M), or (S, B, M) where some
            are missing.
        """
        warn_of_unused(kwargs, "inference")
        batch = self.read_inputs(inputs)
        experts, mus, logvars, weights, mixture = self.posteriors_of(batch, generator)
        components = mixture.select(batch.length, generator)
        if self.subset_distribution:
            listing: dict[str, Any] = {"membership": mixture.membership}
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
        names = chosen_modalities(subset, self.modalities, "subset")
        batch = self.read_inputs(inputs, names)
        batch.require_observed(names, "subset")
        return as_distribution(*self.product_of(batch, names)[:2])

    def joint_posterior(
        self, inputs: Any, within: str | Sequence[str] = "all", generator: torch.Generator | None = None
    ) -> MixtureSameFamily:
        """q(z|x), the mixture of the configured subsets with each sample's own weights: batch (B,), event (D,).

        Where subsets are drawn it is the mixture of those drawn now: not q itself, but like it on average.

        Args:
            inputs: must hold the modalities of ``within``.
            within: mix the subsets that lie within these modalities alone, as if no other had been observed.
            generator: source of the subsets where they are sampled.

        Raises:
            ValueError: a sample shows none of them, or none that a configured subset holds.
        """
        names = chosen_modalities(within, self.modalities, "within")
        batch = self.read_inputs(inputs, names)
        if names != self.modalities:
            batch = batch.alone(names, self.modalities)
        _, mus, logvars, weights, _ = self.posteriors_of(batch, generator)
        components = as_distribution(mus.transpose(0, 1), logvars.transpose(0, 1))
        # By logits, as probabilities would be clamped away from zero: −∞ leaves an unobserved subset out.
        return MixtureSameFamily(Categorical(logits=weights.T.log()), components)

    # --- the same by checked inputs: what objective, estimates and encoding are made of ---

    def read_inputs(
        self, inputs: Any, required: Sequence[str] | None = None, check_support: bool = False
    ) -> Inputs:
        """Checked tensors of what any method is given; see :meth:`mopoe.inputs.InputReader.read`."""
        parameter = next(self.parameters(), None)
        dtype = None if parameter is None else parameter.dtype
        return self._reader.read(inputs, dtype, self.device, required, check_support)

    def experts_of(self, batch: Inputs) -> dict[str, ModelOutput]:
        """Each modality's expert, of the modalities that the batch holds."""
        added = self.model_config.added_variance
        return {
            name: read_gaussian(
                self._encoder_output(name, batch), name, self._sizes(name), batch.length, added
            )
            for name in batch.data
        }

    def _encoder_output(self, name: str, batch: Inputs) -> Any:
        x, entries = batch.data[name], batch.entries.get(name)
        if self.network_names["encoders"][name] is not None:
            x, entries = encoder_features(self.encoders[name], self.likelihoods[name], x, entries)
        elif entries is not None:
            x = x.where(entries, 0)
        if entries is None:
            return self.encoders[name](x)
        return encode_incomplete(self.encoders[name], name, x, entries)

    def _sizes(self, name: str) -> dict[str, int]:
        sizes = {"embedding": self.latent_dim, "log_covariance": self.latent_dim}
        if self.multiple_latent_spaces:
            sizes |= dict.fromkeys(("style_embedding", "style_log_covariance"), self.style_dims[name])
        return sizes

    def mixture_of(self, batch: Inputs, generator: torch.Generator | None = None) -> SubsetMixture:
        """The configured subsets that the batch touches, or some that are drawn; of the modalities it holds."""
        observed = batch.observed(self.modalities)
        if self.subset_distribution:
            n, device = self.model_config.subset_draws, self.device
            membership = draw_subsets(
                self.subset_distribution, n, self.n_modalities, observed, device, generator
            )
            mixture = SubsetMixture(membership, self._joined_by_prior(membership))
        else:
            weights = None if observed is None else component_weights(self.membership, observed)
            mixture = SubsetMixture(self.membership, self._prior_experts, weights, self._binary_order)
        if len(batch.data) == self.n_modalities:
            return mixture
        held = [i for i, name in enumerate(self.modalities) if name in batch.data]
        return mixture.within(held)

    def posteriors_of(self, batch: Inputs, generator: torch.Generator | None = None) -> Posteriors:
        """Experts of what the batch holds, and products and weights of the subsets that explain it."""
        experts = self.experts_of(batch)
        mixture = self.mixture_of(batch, generator)
        names = list(experts)
        mus, logvars = subset_products(
            *stacked(experts, names), mixture.membership, mixture.prior_experts, batch.observed(names)
        )
        return Posteriors(experts, mus, logvars, mixture.dense_weights(batch.length, mus.dtype), mixture)

    def product_of(self, batch: Inputs, names: list[str]) -> tuple[Tensor, Tensor, dict[str, ModelOutput]]:
        """Product of the experts of ``names`` over what was observed: mean, ln σ², and the experts."""
        experts = self.experts_of(batch)
        together = torch.ones(1, len(names), dtype=torch.bool, device=self.device)
        joined = self._joined_by_prior(membership_matrix([names], self.modalities)).to(self.device)
        mus, logvars = subset_products(*stacked(experts, names), together, joined, batch.observed(names))
        return mus[0], logvars[0], experts
