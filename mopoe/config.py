"""What a MoPoE-VAE is made of, checked when it is written down."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from torch import Tensor

from .checks import check_choice, check_count, check_modality_name
from .display import html_table
from .fusion.prior_expert import PRIOR_EXPERTS
from .fusion.sampled import subset_distribution
from .fusion.subsets import mentioned_modalities, resolve_subsets
from .likelihoods import Likelihood, make_likelihood


@dataclass
class MoPoEConfig:
    """Configuration of :class:`mopoe.MoPoE`; every argument is checked at once and never altered.

    Args:
        n_modalities: number of modalities M.
        latent_dim: size D of the shared latent space.
        input_dims: modality → shape of one sample; needed for default networks and computed rescaling.
        uses_likelihood_rescaling: weigh ln p(x_m|z) by a factor per modality (Javaloy et al. 2022).
        rescale_factors: modality → factor; by default max_dim / dim_m.
        decoders_dist: modality → word for its likelihood: ``'normal'`` (default), ``'laplace'``, ``'student_t'``,
            ``'bernoulli'`` (logits), ``'continuous_bernoulli'``, ``'categorical'`` (logits, last axis),
            ``'ordinal'``, ``'poisson'``, ``'negative_binomial'``, ``'zero_inflated_negative_binomial'``,
            ``'mixed'``; or an instance of :class:`mopoe.Likelihood`; or a function ``log_prob(recon, target)``.
        decoder_dist_params: modality → what its likelihood is made with, e.g. ``{'mod1': {'scale': 0.75}}`` or
            ``{'mod1': {'scale': 'learned'}}``.
        custom_architectures: which networks were the user's own (``'encoders'``, ``'decoders'``); set by the model.
        subsets: ``None`` (power set), a list of lists, a dict name → list, ``'poe'``, ``'moe'`` or ``'mopoe'``;
            or, where there are too many to list, ``'sampled'`` (each as probable as any other) or
            ``'sampled_by_size'`` (each size as probable as any other): every evaluation draws its own.
        beta: weight β of the divergence.
        beta_style: further weight of the private divergences, on top of β.
        modalities_specific_dim: modality → size of its private latent space; ``None`` for none.
        prior_expert: where a N(0, I) expert joins the product: in the ``'full'`` subset only (as in the
            authors' code), in ``'all'``, or in ``'none'`` (the paper's formula).
        subset_draws: how many subsets an evaluation draws where they are sampled.
        added_variance: added to the variance of every expert. MultiVae adds 1e-8, so what it trained has it.
        masked_entries: modalities of which single entries may be missing: encoders that have a name get a further
            input for each entry, which tells whether it is missing.

    Raises:
        TypeError, ValueError: naming the field, what came and what was expected.
    """

    n_modalities: int
    latent_dim: int = 10
    input_dims: Mapping[str, Sequence[int]] | None = None
    uses_likelihood_rescaling: bool = False
    rescale_factors: dict[str, float] | None = None
    decoders_dist: dict[str, Any] | None = None
    decoder_dist_params: dict[str, dict[str, Any]] | None = None
    custom_architectures: list[str] = field(default_factory=list)
    subsets: Any = None
    beta: float = 1.0
    beta_style: float = 1.0
    modalities_specific_dim: dict[str, int] | None = None
    prior_expert: str = field(default="full", kw_only=True)
    subset_draws: int = field(default=64, kw_only=True)
    added_variance: float = field(default=0.0, kw_only=True)
    masked_entries: list[str] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for item in fields(self):
            setattr(self, item.name, _own(getattr(self, item.name)))
        check_count(self.n_modalities, "n_modalities")
        check_count(self.latent_dim, "latent_dim")
        check_count(self.subset_draws, "subset_draws")
        _check_weight(self.beta, "beta")
        _check_weight(self.beta_style, "beta_style")
        _check_weight(self.added_variance, "added_variance")
        check_choice(self.prior_expert, "prior_expert", PRIOR_EXPERTS)
        _check_bool(self.uses_likelihood_rescaling, "uses_likelihood_rescaling")
        self._check_own_dicts()
        if self.masked_entries is not None and not isinstance(self.masked_entries, list):
            raise TypeError(f"masked_entries: expected a list of modalities, got {self.masked_entries!r}")
        # Dictionaries with an entry for every modality tell their names; else some may be known already.
        for complete in (self.input_dims, self.modalities_specific_dim, self.rescale_factors):
            if complete is not None:
                self.check_modalities(list(complete))
                return
        named = [*(self.decoders_dist or {}), *(self.decoder_dist_params or {}), *(self.masked_entries or [])]
        named = list(dict.fromkeys([*named, *mentioned_modalities(self.subsets)]))
        if len(named) > self.n_modalities:
            raise ValueError(
                f"n_modalities: expected at least {len(named)} for {named}, got {self.n_modalities}"
            )
        self._check_named(named)

    def check_modalities(self, modalities: list[str]) -> None:
        """Hold every dictionary and subset of the config against the modalities' names.

        Raises:
            TypeError, ValueError: naming the field, what came and what was expected.
        """
        if len(modalities) != self.n_modalities:
            raise ValueError(
                f"n_modalities: expected the number of modalities, {len(modalities)} ({modalities}), "
                f"got {self.n_modalities}"
            )
        named = (
            "rescale_factors",
            "decoders_dist",
            "decoder_dist_params",
            "modalities_specific_dim",
            "masked_entries",
        )
        for what in named:
            given = getattr(self, what) or {}
            unknown = [name for name in given if name not in modalities]
            if unknown:
                raise ValueError(f"{what}: expected modalities among {modalities}, got {unknown[0]!r}")
        for what in ("rescale_factors", "modalities_specific_dim"):
            given = getattr(self, what)
            lacking = [name for name in modalities if given is not None and name not in given]
            if lacking:
                raise ValueError(
                    f"{what}: expected an entry for each of {modalities}, got none for {lacking}"
                )
        self._check_named(modalities)

    def _check_named(self, modalities: list[str]) -> None:
        for name in modalities:
            check_modality_name(name, "modalities")
            likelihood = self.make_likelihood(name)
            dims = (self.input_dims or {}).get(name)
            if dims is not None and len(dims) < likelihood.event_axes:
                raise ValueError(
                    f"decoders_dist[{name!r}]: expected data of {likelihood.event_axes} or more axes for "
                    f"{str(likelihood)!r}, got input_dims[{name!r}] = {dims}"
                )
        if subset_distribution(self.subsets) is None:
            resolve_subsets(self.subsets, modalities)

    def likelihood_of(self, modality: str) -> Any:
        """What names the modality's likelihood, or is it."""
        return (self.decoders_dist or {}).get(modality, "normal")

    def make_likelihood(self, modality: str) -> Likelihood:
        """A fresh likelihood of the modality; one that was given as an instance is itself."""
        params = (self.decoder_dist_params or {}).get(modality)
        dims = (self.input_dims or {}).get(modality)
        return make_likelihood(self.likelihood_of(modality), params, modality, dims)

    def style_dim(self, modality: str) -> int:
        """D_m; 0 without private latents."""
        return (self.modalities_specific_dim or {}).get(modality, 0)

    def factors(self, modalities: Sequence[str]) -> dict[str, float]:
        """The factor on ln p(x_m|z) of each modality: 1 unless rescaling is on."""
        if not self.uses_likelihood_rescaling:
            return dict.fromkeys(modalities, 1.0)
        if self.rescale_factors is not None:
            return {name: float(self.rescale_factors[name]) for name in modalities}
        if self.input_dims is None:
            raise ValueError(
                "rescale_factors: expected factors or input_dims to compute them when "
                "uses_likelihood_rescaling=True, got neither"
            )
        sizes = {name: math.prod(self.input_dims[name]) for name in modalities}
        return {name: max(sizes.values()) / sizes[name] for name in modalities}

    def replace(self, **changes: Any) -> MoPoEConfig:
        """A copy with some fields changed, checked again."""
        return replace(self, **changes)

    def to_dict(self, functions_as: str | None = None) -> dict[str, Any]:
        """Plain data for JSON.

        Args:
            functions_as: the word to write in the place of a likelihood that is a function or a module, and of a
                mixed one that has such a part, whose parameters are left out then.

        Raises:
            TypeError: there is one, and no such word is given; the message names the modality.
        """
        values = {item.name: _own(getattr(self, item.name)) for item in fields(self)}
        kinds, params = values["decoders_dist"] or {}, values["decoder_dist_params"] or {}
        for name, kind in kinds.items():
            within = f"decoders_dist[{name!r}]"
            if not callable(kind):
                within, kind = f"decoder_dist_params[{name!r}]", _first_callable(params.get(name))
            if kind is None:
                continue
            if functions_as is None:
                raise TypeError(
                    f"{within}: expected words to write the config as JSON, got a {type(kind).__name__}"
                )
            kinds[name] = functions_as
            params.pop(name, None)
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> MoPoEConfig:
        """The config that :meth:`to_dict` described.

        Raises:
            ValueError: an unknown or absent field.
        """
        known = [item.name for item in fields(cls)]
        unknown = [name for name in values if name not in known]
        if unknown:
            raise ValueError(f"config: expected fields among {known}, got {unknown[0]!r}")
        if "n_modalities" not in values:
            raise ValueError("config: expected the field 'n_modalities', got none")
        return cls(**values)

    def to_json(self) -> str:
        """The config as JSON text."""
        return json.dumps(self.to_dict(), indent=2)

    @classmethod
    def from_json(cls, text: str) -> MoPoEConfig:
        """The config that :meth:`to_json` wrote."""
        return cls.from_dict(json.loads(text))

    def _repr_html_(self) -> str:
        rows = [(item.name, repr(getattr(self, item.name))) for item in fields(self)]
        return html_table("MoPoEConfig", ("field", "value"), rows)

    def _check_own_dicts(self) -> None:
        for what in (
            "input_dims",
            "rescale_factors",
            "decoders_dist",
            "decoder_dist_params",
            "modalities_specific_dim",
        ):
            given = getattr(self, what)
            if given is not None and not isinstance(given, Mapping):
                raise TypeError(f"{what}: expected a dict of modality to value, got {type(given).__name__}")
        if self.input_dims is not None:
            self.input_dims = {name: _read_dims(dims, name) for name, dims in self.input_dims.items()}
        for name, factor in (self.rescale_factors or {}).items():
            _check_weight(factor, f"rescale_factors[{name!r}]")
        for name, size in (self.modalities_specific_dim or {}).items():
            check_count(size, f"modalities_specific_dim[{name!r}]")


def _own(value: Any) -> Any:
    """A copy of every container, tuples and arrays as lists and numbers of any library plain, as in JSON.

    Functions stay themselves.
    """
    if isinstance(value, Mapping):
        return {key: _own(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [_own(entry) for entry in value]
    if isinstance(value, Tensor) or (hasattr(value, "__array__") and hasattr(value, "tolist")):
        return value.tolist()
    if not isinstance(value, bool) and isinstance(value, numbers.Real):
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    return value


def _first_callable(value: Any) -> Any:
    """Something that is called, such as a likelihood, within dictionaries and lists; ``None`` if nothing is."""
    if isinstance(value, (Mapping, list)):
        entries = value.values() if isinstance(value, Mapping) else value
        return next((found for entry in entries if (found := _first_callable(entry)) is not None), None)
    return value if callable(value) else None


def _read_dims(dims: Any, name: str) -> tuple[int, ...]:
    dims = (dims,) if isinstance(dims, int) else dims
    if isinstance(dims, str) or not isinstance(dims, Sequence):
        raise TypeError(f"input_dims[{name!r}]: expected a shape such as (3, 28, 28), got {dims!r}")
    for size in dims:
        check_count(size, f"input_dims[{name!r}]")
    return tuple(dims)


def _check_weight(value: Any, what: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{what}: expected a number, got {value!r}")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{what}: expected a finite number >= 0, got {value}")


def _check_bool(value: Any, what: str) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{what}: expected True or False, got {value!r}")
