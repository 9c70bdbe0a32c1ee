"""Weights that two models hold without anybody having asked for it."""

from __future__ import annotations

import gc
import warnings
import weakref

from torch import nn

# Models that are there now, with their copies and twins.
_LIVING: weakref.WeakSet[nn.Module] = weakref.WeakSet()


def remember(model: nn.Module) -> None:
    """Count ``model`` among those that hold their weights, for as long as it is there."""
    _LIVING.add(model)


def claim(model: nn.Module) -> None:
    """Remember a new model, and warn if another one trains some of its weights as well.

    The natural loop that compares families, one dictionary of networks for all models, would otherwise train each
    on from where the last one stood, and change the last one with it.
    """
    if _shared(model):
        gc.collect()  # a model that nobody can reach any more may still lie there
    shared = _shared(model)
    if shared:
        named = " and ".join(f"{part} of {', '.join(map(repr, names))}" for part, names in shared.items())
        warnings.warn(
            f"{type(model).__name__}: {named} belong to another model too, and to train one is to train the "
            "other. Give each model its own by copy.deepcopy(...); where they are to be shared, take "
            "sharing_networks(subsets=...) of the first model",
            stacklevel=3,
        )
    remember(model)


def _shared(model: nn.Module) -> dict[str, list[str]]:
    """Part → modalities, of what has weights that can be trained and belong to another living model."""
    elsewhere = {id(weight) for other in list(_LIVING) for weight in other.parameters()}
    shared: dict[str, list[str]] = {}
    for name, weight in model.named_parameters(remove_duplicate=False):
        if weight.requires_grad and id(weight) in elsewhere:
            part, modality = name.split(".")[:2]
            shared.setdefault(part, [])
            if modality not in shared[part]:
                shared[part].append(modality)
    return shared
