"""A loss or gradient that is no number any more: what broke, and where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mopoe import MultimodalBaseDataset

from .loss_terms import GRADIENT_NORM, LossTerms


class NonFiniteLoss(FloatingPointError):
    """Training met a loss or gradient that is infinite or not a number.

    Args:
        step: number of the training step, counted from 1 over all epochs.
        where: such as ``"epoch 2, training"``.
        terms: terms of the loss, or weights whose gradient broke.
        modalities: where it started, as far as can be told; empty if in no single one.
        detail: the values in words.
    """

    def __init__(
        self, step: int, where: str, terms: Sequence[str], modalities: Sequence[str], detail: str
    ) -> None:
        self.step = step
        self.terms = tuple(terms)
        self.modalities = tuple(modalities)
        self.arguments = (step, where, self.terms, self.modalities, detail)
        culprits = f"; modality {', '.join(map(repr, modalities))}" if modalities else ""
        super().__init__(
            f"training stopped at step {step} ({where}): {detail}{culprits}. "
            "The model holds the weights that were kept last; try a smaller learning_rate, or gradient_clip"
        )


def require_finite(
    model: nn.Module,
    batch: MultimodalBaseDataset,
    terms: LossTerms,
    step: int,
    where: str,
) -> None:
    """Stop unless the loss, its terms and the norm of the gradient are finite.

    Args:
        model: the model itself, with its gradients.
        batch: what it saw.
        terms: of its loss, and the norm of the gradient where there is one.
        step: number of the training step.
        where: in words.

    Raises:
        NonFiniteLoss: naming step, terms and modalities.
    """
    if terms.finite:
        return
    found = terms.read()
    own = [name for name in terms.names if name not in ("loss", GRADIENT_NORM)]
    broken = [name for name in own if not math.isfinite(found[name])]
    if broken or not math.isfinite(found["loss"]):
        broken = broken or ["loss"]
        modalities = _broken_encoders(model, batch) or _modalities_of_terms(broken, batch.modalities)
        detail = ", ".join(f"{name} is {found[name]}" for name in broken)
    else:
        broken, modalities, detail = _broken_gradients(model, batch.modalities)
    raise NonFiniteLoss(step, where, broken, modalities, detail)


def _broken_encoders(model: nn.Module, batch: MultimodalBaseDataset) -> list[str]:
    """Modalities whose encoder returns something that is not finite: from there it spreads to every term."""
    encode: Any = getattr(model, "modality_encode", None)
    if encode is None:
        return []
    with torch.no_grad():
        experts: Mapping[str, Mapping[str, Tensor]] = encode(batch)
    return [name for name, expert in experts.items() if not all(map(_is_finite, expert.values()))]


def _modalities_of_terms(terms: Sequence[str], modalities: Sequence[str]) -> list[str]:
    return [name for name in modalities if {f"recon_{name}", f"style_divergence_{name}"} & set(terms)]


def _broken_gradients(model: nn.Module, modalities: Sequence[str]) -> tuple[list[str], list[str], str]:
    gradients = {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}
    broken = [name for name, gradient in gradients.items() if not _is_finite(gradient)]
    if not broken:
        return ["gradient_norm"], [], "the gradient is finite, but its norm is too large for a number"
    more = f" and of {len(broken) - 3} more" if len(broken) > 3 else ""
    detail = f"the loss is finite, but not the gradient of {', '.join(broken[:3])}{more}"
    return broken, [name for name in modalities if any(name in b.split(".") for b in broken)], detail


def _is_finite(tensor: Tensor) -> bool:
    return bool(tensor.isfinite().all())
