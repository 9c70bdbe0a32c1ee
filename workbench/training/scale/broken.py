"""Which modality's numbers broke, looked at in order: weights, encoders, the terms of the loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mopoe.data import masks_of

# Of a mean or ln σ²: the variance that it stands for, or the draws, then spoil every other modality's numbers.
_STRAINED = 40.0
_GAUSSIANS = (("embedding", "log_covariance"), ("style_embedding", "style_log_covariance"))


def broken_modalities(model: nn.Module, batch: Any, terms: Sequence[str]) -> dict[str, str]:
    """Modality → what broke there, in words; those alone where it began, not those it spread to.

    Args:
        model: the model itself.
        batch: what it saw.
        terms: of the loss, those that are not finite, or ``"gradient_norm"``.

    Returns:
        Empty if no single modality can be told.
    """
    names = list(batch.modalities)
    weights = {name: _broken_weights(model, name) for name in names}
    found = {name: words for name, words in weights.items() if words}
    if found:
        return found
    own = {name: {f"recon_{name}", f"style_divergence_{name}"} & set(terms) for name in names}
    spoilt = [name for name in names if own[name]]
    experts = _experts(model, batch)
    for broken in (_not_finite, _beyond_exp):
        found = {name: words for name, expert in experts.items() if (words := broken(expert))}
        if found:
            return found
    # A divergence, a gradient or several modalities were spoilt through the latents that they share.
    if len(spoilt) != 1 or "joint_divergence" in terms:
        found = {name: words for name, expert in experts.items() if (words := _strained(expert))}
    return found or _explained(model, batch, spoilt)


def _broken_weights(model: nn.Module, name: str) -> str:
    for part in ("encoder", "decoder"):
        networks: Any = getattr(model, f"{part}s", None)
        if isinstance(networks, nn.ModuleDict) and name in networks:
            weights = networks[name].parameters()
            if not all(bool(weight.isfinite().all()) for weight in weights):
                return f"weights of its {part} are not finite"
    return ""


def _experts(model: nn.Module, batch: Any) -> dict[str, list[tuple[Tensor, Tensor]]]:
    """Modality → means and ln σ² of what was observed, of the shared and of a private latent."""
    encode: Callable[[Any], Mapping[str, Mapping[str, Tensor]]] | None
    encode = getattr(model, "modality_encode", None)
    if encode is None:
        return {}
    masks = masks_of(batch) or {}
    with torch.no_grad():
        answers = encode(batch)
    experts = {}
    for name, answer in answers.items():
        seen = _seen(masks[name]) if name in masks else slice(None)
        pairs = [(answer[mean], answer[logvar]) for mean, logvar in _GAUSSIANS if mean in answer]
        experts[name] = [(mean[seen], logvar[seen]) for mean, logvar in pairs if len(mean[seen])]
    return experts


def _seen(mask: Tensor) -> Tensor:
    return mask.bool().reshape(len(mask), -1).any(1)


def _explained(model: nn.Module, batch: Any, names: Sequence[str]) -> dict[str, str]:
    """Whether decoder or log-density broke, at the mean of the joint posterior."""
    predict: Any = getattr(model, "predict", None)
    if predict is None or not names:
        return dict.fromkeys(names, "")
    imagined = predict(batch, gen_mod=list(names), return_mean=True, ignore_incomplete=True)
    finite = {name: bool(imagined[name].isfinite().all()) for name in names}
    density = "its log-density is not finite, though the decoder's answer is"
    return {name: density if finite[name] else "its decoder answers NaN or infinity" for name in names}


def _not_finite(expert: list[tuple[Tensor, Tensor]]) -> str:
    if all(bool((mean + logvar).isfinite().all()) for mean, logvar in expert):
        return ""
    return "its encoder answers NaN or infinity"


def _beyond_exp(expert: list[tuple[Tensor, Tensor]]) -> str:
    """Where a precision, a variance or the square of a mean is no number."""
    for mean, logvar in expert:
        sizes = mean.square() + logvar.exp() + (1 + mean.abs()) * torch.exp(-logvar)
        if not bool(sizes.isfinite().all()):
            return _answer(mean, logvar) + ", beyond what a variance can be"
    return ""


def _strained(expert: list[tuple[Tensor, Tensor]]) -> str:
    for mean, logvar in expert:
        if max(float(mean.abs().max()), float(logvar.abs().max())) > _STRAINED:
            return _answer(mean, logvar)
    return ""


def _answer(mean: Tensor, logvar: Tensor) -> str:
    far = float(mean.abs().max())
    means = f"and means up to ±{far:.3g}" if math.isfinite(far) else "and infinite means"
    return f"its encoder answers ln σ² from {float(logvar.min()):.3g} to {float(logvar.max()):.3g} {means}"
