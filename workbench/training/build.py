"""A model that fits a data set: networks by the shape of each modality, likelihoods as the data ask for."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from mopoe import MoPoE, MoPoEConfig
from mopoe.data import masks_of
from mopoe.likelihoods import Likelihood, traits

from ..datasets.base import Splits
from .scale.starts import start_decoders


def build_model(
    data: Splits,
    *,
    networks: str | Mapping[str, str] = "auto",
    encoders: Mapping[str, str | nn.Module] | None = None,
    decoders: Mapping[str, str | nn.Module] | None = None,
    private_dim: int = 0,
    seed: int = 0,
    **config: Any,
) -> MoPoE:
    """A fresh model for ``data``, whose decoders of counts start at the rates of the training data.

    Args:
        data: gives modalities, shapes and likelihoods, and says of which ones single entries are missing.
        networks: the name of a network for all modalities, or ``"auto"``: convolutional for text, one-hot or as ids,
            a small multilayer perceptron for anything else.  In the first minutes of training it learns faster
            than ``"conv28"``.  Or modality → name, one for each.
        encoders: modality → module or name, of some modalities or all, before what ``networks`` says. Modules are
            copied, as likelihoods that are modules are: all models of one dictionary start from its weights, and none
            trains another's.
        decoders: likewise.
        private_dim: size of each modality's private latent space; 0 for none.
        seed: of the initial weights.
        config: anything else that :class:`mopoe.MoPoEConfig` takes, such as ``subsets`` or ``latent_dim``.

    Raises:
        TypeError: neither a name nor a module.
        ValueError: an unknown name of a network, or names for other modalities than those of the data.
    """
    dims = data.input_dims
    settings: dict[str, Any] = {
        "decoders_dist": dict(data.decoders_dist),
        "decoder_dist_params": dict(data.decoder_dist_params),
        "modalities_specific_dim": dict.fromkeys(dims, private_dim) if private_dim else None,
        "masked_entries": _with_gaps(data),
    }
    chosen = _named_networks(networks, data)
    given: dict[str, dict[str, str | nn.Module]]
    given = {"encoders": dict(encoders or {}), "decoders": dict(decoders or {})}
    for part, modules in given.items():
        unknown = [name for name in modules if name not in dims]
        if unknown:
            raise ValueError(f"{part}: expected some of {list(dims)}, got {unknown[0]!r}")
    settings |= config
    # Together: what they share they go on sharing.
    given, settings = copy.deepcopy((given, settings))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = MoPoE(
            MoPoEConfig(len(dims), input_dims=dims, **settings),
            **{part: {**chosen, **modules} for part, modules in given.items()},
        )
    start_decoders(model, data.train, [name for name in dims if name not in given["decoders"]])
    return model


def _with_gaps(data: Splits) -> list[str] | None:
    """Modalities of which single entries are missing somewhere: their encoders are to be told which."""
    masks = [found for split in data if (found := masks_of(split))]
    return [name for name in data.input_dims if any(found[name].ndim > 1 for found in masks)] or None


def suggest_networks(
    dims: Mapping[str, Sequence[int]],
    likelihoods: Mapping[str, Any],
    params: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, str]:
    """Modality → name of a network that suits its shape and its likelihood, which is made with ``params``."""
    return {
        name: _suggest(tuple(shape), traits(likelihoods.get(name), (params or {}).get(name), shape, name))
        for name, shape in dims.items()
    }


def _named_networks(networks: str | Mapping[str, str], data: Splits) -> dict[str, str]:
    dims = data.input_dims
    if isinstance(networks, str):
        auto = networks == "auto"
        return (
            suggest_networks(dims, data.decoders_dist, data.decoder_dist_params)
            if auto
            else dict.fromkeys(dims, networks)
        )
    if set(networks) != set(dims):
        raise ValueError(
            f"networks: expected a name for each of {list(dims)}, got names for {list(networks)}"
        )
    for name, network in networks.items():
        if not isinstance(network, str):
            raise TypeError(
                f"networks[{name!r}]: expected a name, got {type(network).__name__}; modules go in encoders=... and "
                "decoders=..."
            )
    return {name: networks[name] for name in dims}


def _suggest(shape: tuple[int, ...], likelihood: Likelihood | type[Likelihood]) -> str:
    one_hot = len(shape) == 2 and likelihood.event_axes == 1
    tokens = len(shape) == 1 and likelihood.n_ids > 0
    return "text1d" if (one_hot or tokens) and shape[0] >= 2 else "mlp256"
