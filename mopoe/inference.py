"""Networks, checked inputs, posteriors of subsets, and decoding: what the objective is made of."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn

from .config import MoPoEConfig
from .data import first_indices
from .fusion.family import Family
from .fusion.gaussians import subset_products
from .fusion.prior_expert import prior_expert_joins
from .fusion.sampled import draw_subsets, sampling_law
from .fusion.selection import component_weights
from .fusion.subsets import MOST_LISTED, membership_matrix, resolve_subsets
from .fusion.sums import binary_order
from .inputs import InputReader, Inputs
from .likelihoods import make_likelihood
from .networks.assembly import assemble_networks, read_gaussian, read_reconstruction
from .output import ModelOutput, read_entry

# Fields of a config that can differ between two models with the same networks and likelihoods.
_FREE = ("subsets", "prior_expert", "beta", "beta_style", "subset_draws")


class Posteriors(NamedTuple):
    """Each modality's expert, and the mixture: ``mus`` and ``logvars`` (S, B, D), ``weights`` (S, B)."""

    experts: dict[str, ModelOutput]
    mus: Tensor
    logvars: Tensor
    weights: Tensor
    family: Family


class MultimodalVAE(nn.Module):
    """What :class:`mopoe.MoPoE` is built on: networks, checked inputs, subset posteriors, decoding."""

    _membership: Tensor
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
        params = self.model_config.decoder_dist_params or {}
        self.likelihoods = {
            name: make_likelihood(self.model_config.likelihood_of(name), params.get(name), name)
            for name in self.modalities
        }
        self._reader = InputReader(self.modalities, self.model_config.input_dims, self.likelihoods)
        self._take_subsets(torch.device("cpu"))

    def _take_subsets(self, device: torch.device) -> None:
        self._law = sampling_law(self.model_config.subsets)
        self._subsets = {} if self._law else resolve_subsets(self.model_config.subsets, self.modalities)
        # Of a sampled family the whole set stands in: a model is where its buffers are.
        listed = list(self._subsets.values()) or [tuple(self.modalities)]
        membership = membership_matrix(listed, self.modalities).to(device)
        self.register_buffer("_membership", membership, persistent=False)
        self.register_buffer("_prior_experts", self._prior_experts_of(membership), persistent=False)
        self.register_buffer("_binary_order", binary_order(membership), persistent=False)

    @property
    def subsets(self) -> dict[str, tuple[str, ...]]:
        """Name → subset of the configured family.

        Raises:
            ValueError: the family is sampled, so that there is no list of it.
        """
        if self._law:
            some = '"mopoe"' if self.n_modalities <= MOST_LISTED else "[[...], ...]"
            raise ValueError(
                f"subsets: expected a family that is listed, got {self._law!r}, which is drawn anew each time; "
                f"look at the same networks with one that is: model.sharing_networks(subsets={some})"
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
        twin._take_subsets(self.device)
        return twin

    @property
    def multiple_latent_spaces(self) -> bool:
        """Whether each modality has a private latent space beside the shared one."""
        return bool(self.style_dims)

    @property
    def device(self) -> torch.device:
        """Where the model lives."""
        return self._membership.device

    @property
    def _like(self) -> Tensor:
        """A tensor of the weights' type, where the model lives: what new ones are made like."""
        return next(self.parameters(), torch.empty(0, device=self.device))

    def _read(
        self, inputs: Any, required: Sequence[str] | None = None, check_support: bool = False
    ) -> Inputs:
        parameter = next(self.parameters(), None)
        dtype = None if parameter is None else parameter.dtype
        return self._reader.read(inputs, dtype, self.device, required, check_support)

    def _names(self, names: str | Sequence[str], what: str) -> list[str]:
        """The modalities that ``names`` asks for, in the model's order."""
        if isinstance(names, str):
            names = self.modalities if names == "all" else [names]
        if not isinstance(names, Sequence) or not names:
            raise ValueError(f"{what}: expected 'all', a modality or a list of them, got {names!r}")
        unknown = [name for name in names if name not in self.modalities]
        if unknown:
            raise ValueError(
                f"{what}: expected 'all' or modalities among {self.modalities}, got {unknown[0]!r}"
            )
        return [name for name in self.modalities if name in names]

    def _require_observed(self, batch: Inputs, names: list[str], what: str) -> None:
        observed = batch.observed(names)
        lacking = None if observed is None else ~observed.all(0)
        if lacking is not None and bool(lacking.any()):
            raise ValueError(
                f"{what}: expected {names} to be observed in every sample, but samples {first_indices(lacking)} lack "
                "some of them; leave those out, or pass ignore_incomplete=True to encode or predict"
            )

    def _prior_experts_of(self, membership: Tensor) -> Tensor:
        return prior_expert_joins(self.model_config.prior_expert, membership.all(-1))

    def _family(self, batch: Inputs, generator: torch.Generator | None = None) -> Family:
        """The configured subsets that the batch touches, or some that are drawn; of the modalities it holds."""
        observed = batch.observed(self.modalities)
        if self._law:
            if observed is not None:
                _require_some(observed)
            n, device = self.model_config.subset_draws, self.device
            membership = draw_subsets(self._law, n, self.n_modalities, observed, device, generator)
            family = Family(membership, self._prior_experts_of(membership))
        else:
            weights = None if observed is None else component_weights(self._membership, observed)
            family = Family(self._membership, self._prior_experts, weights, self._binary_order)
        if len(batch.data) == self.n_modalities:
            return family
        held = [i for i, name in enumerate(self.modalities) if name in batch.data]
        return family.within(held)

    def _experts(self, batch: Inputs) -> dict[str, ModelOutput]:
        return {
            name: read_gaussian(self._encoder_output(name, x), name, self._sizes(name), batch.length)
            for name, x in batch.data.items()
        }

    def _encoder_output(self, name: str, x: Tensor) -> Any:
        # Integers for a user's log_prob reach a user's encoder as they are; ours takes real numbers.
        if self.network_names["encoders"][name] is not None and not x.is_floating_point():
            x = x.to(next(self.encoders[name].parameters()).dtype)
        return self.encoders[name](x)

    def _sizes(self, name: str) -> dict[str, int]:
        sizes = {"embedding": self.latent_dim, "log_covariance": self.latent_dim}
        if self.multiple_latent_spaces:
            sizes |= dict.fromkeys(("style_embedding", "style_log_covariance"), self.style_dims[name])
        return sizes

    def _posteriors(self, batch: Inputs, generator: torch.Generator | None = None) -> Posteriors:
        """Experts of what the batch holds, and products and weights of the subsets that explain it."""
        experts = self._experts(batch)
        family = self._family(batch, generator)
        mus, logvars = self._products(experts, batch, list(experts), family.membership, family.prior_experts)
        return Posteriors(experts, mus, logvars, family.dense_weights(batch.length, mus.dtype), family)

    def _condition(self, batch: Inputs, names: list[str]) -> tuple[Tensor, Tensor, dict[str, ModelOutput]]:
        """Product of the experts of ``names`` over what was observed: mean, ln σ², and the experts."""
        experts = self._experts(batch)
        together = torch.ones(1, len(names), dtype=torch.bool, device=self.device)
        in_full = self._prior_experts_of(membership_matrix([names], self.modalities)).to(self.device)
        mus, logvars = self._products(experts, batch, names, together, in_full)
        return mus[0], logvars[0], experts

    def _products(
        self,
        experts: dict[str, ModelOutput],
        batch: Inputs,
        names: list[str],
        membership: Tensor,
        prior_experts: Tensor,
    ) -> tuple[Tensor, Tensor]:
        mus, logvars = self._stacked(experts, names)
        return subset_products(mus, logvars, membership, prior_experts, batch.observed(names))

    def _stacked(self, experts: dict[str, ModelOutput], names: list[str]) -> tuple[Tensor, Tensor]:
        """Means and ln σ² of the shared latent by expert, (M, B, D) each."""
        mus = torch.stack([experts[name].embedding for name in names])
        return mus, torch.stack([experts[name].log_covariance for name in names])

    def _style(self, expert: ModelOutput, name: str, batch: Inputs) -> tuple[Tensor, Tensor]:
        """The private posterior; the prior where the modality is missing."""
        mu, logvar = expert.style_embedding, expert.style_log_covariance
        if batch.masks is None:
            return mu, logvar
        seen = batch.masks[name][:, None]
        return mu.where(seen, 0), logvar.where(seen, 0)

    def _decode_raw(self, name: str, latent: Tensor) -> Tensor:
        r"""The decoder's own output for latents with any leading axes, (\*, D) → (\*, \*dims)."""
        leading = latent.shape[:-1]
        flat = latent.reshape(-1, latent.shape[-1])
        dims = (self.model_config.input_dims or {}).get(name)
        parts = [
            read_reconstruction(self.decoders[name](rows), name, len(rows), dims)
            for rows in flat.chunk(self._pieces(name, len(flat)))
        ]
        recon = parts[0] if len(parts) == 1 else torch.cat(parts)
        return recon.reshape(*leading, *recon.shape[1:])

    def _pieces(self, name: str, rows: int) -> int:
        """In how many pieces latents are decoded; in training mode one, as a network may look across them."""
        suits = getattr(self.decoders[name], "latents_at_once", None)
        if suits is None or self.training or torch.is_grad_enabled() or self.device.type != "cpu":
            return 1
        return max(1, round(rows / suits))

    def _log_likelihood(self, name: str, latent: Tensor, batch: Inputs) -> Tensor:
        r"""ln p(x_m|z) in nats, 0 where missing: (\*, B, D) → (\*, B)."""
        draws = latent.reshape(-1, *latent.shape[-2:])
        pieces = min(len(draws), self._pieces(name, draws.shape[0] * draws.shape[1]))
        if pieces <= 1:
            return self._explain(name, latent, batch)
        parts = [self._explain(name, part, batch) for part in draws.chunk(pieces)]
        return torch.cat(parts).reshape(latent.shape[:-1])

    def _explain(self, name: str, latent: Tensor, batch: Inputs) -> Tensor:
        recon = self._decode_raw(name, latent)
        target = batch.data[name]
        if recon.shape[latent.ndim - 1 :] != target.shape[1:]:
            raise ValueError(
                f"decoders[{name!r}]: expected a reconstruction of shape {tuple(target.shape[1:])}, "
                f"got {tuple(recon.shape[latent.ndim - 1 :])}"
            )
        if batch.masks is not None and not bool(batch.masks[name].any()):
            # No observed row could stand in, so the target may be outside the support: do not evaluate it.
            return (0 * recon).reshape(*latent.shape[:-1], -1).sum(-1)
        log_prob = self.likelihoods[name].total(recon, target)
        return log_prob if batch.masks is None else log_prob.where(batch.masks[name], 0)

    def _read_embedding(self, embedding: Any, names: list[str]) -> tuple[Tensor, dict[str, Tensor]]:
        z = embedding if isinstance(embedding, Tensor) else read_entry(embedding, "z")
        if not isinstance(z, Tensor):
            raise TypeError(
                f"embedding: expected the output of encode or a tensor z, got {type(embedding).__name__}"
            )
        if z.ndim == 0 or z.shape[-1] != self.latent_dim:
            raise ValueError(f"embedding: expected z of shape (*, {self.latent_dim}), got {tuple(z.shape)}")
        if not self.multiple_latent_spaces:
            return z, {}
        styles = {} if isinstance(embedding, Tensor) else read_entry(embedding, "modalities_z") or {}
        for name in names:
            expected = (*z.shape[:-1], self.style_dims[name])
            got = tuple(styles[name].shape) if name in styles else None
            if got != expected:
                raise ValueError(f"embedding: expected modalities_z[{name!r}] of shape {expected}, got {got}")
        return z, styles

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


def _require_some(observed: Tensor) -> None:
    lost = ~observed.any(0)
    if bool(lost.any()):
        raise ValueError(
            f"samples {first_indices(lost)} show no modality of those that subsets are drawn of: leave them out"
        )
