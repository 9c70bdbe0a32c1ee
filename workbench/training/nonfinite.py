"""A loss or gradient that is no number any more: what broke, and where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from torch import nn

from mopoe import MultimodalBaseDataset

from .loss_terms import GRADIENT_NORM, LossTerms
from .scale.broken import broken_modalities
from .scale.ranges import by_kind, held_in_tensors, ranges_of, remedies


class NonFiniteLoss(FloatingPointError):
    """Training met a loss or gradient that is infinite or not a number.

    Args:
        step: number of the training step, counted from 1 over all epochs.
        where: such as ``"epoch 2, training"``.
        terms: terms of the loss, or weights whose gradient broke.
        modalities: where it started, as far as can be told; empty if in no single one.
        detail: the values in words.
        advice: what broke in these modalities, and what may help.
    """

    def __init__(
        self, step: int, where: str, terms: Sequence[str], modalities: Sequence[str], detail: str, advice: str
    ) -> None:
        self.step = step
        self.terms = tuple(terms)
        self.modalities = tuple(modalities)
        self.arguments = (step, where, self.terms, self.modalities, detail, advice)
        culprits = f"; modality {', '.join(map(repr, modalities))}" if modalities else ""
        super().__init__(
            f"training stopped at step {step} ({where}): {detail}{culprits}. {advice}. "
            "The model holds the weights that were kept last"
        )


def require_finite(
    model: nn.Module,
    batch: MultimodalBaseDataset,
    terms: LossTerms,
    step: int,
    where: str,
    data: MultimodalBaseDataset,
    changed: bool,
) -> None:
    """Stop unless the loss, its terms and the norm of the gradient are finite.

    Args:
        model: the model itself, with its gradients.
        batch: what it saw.
        terms: of its loss, and the norm of the gradient where there is one.
        step: number of the training step.
        where: in words.
        data: what the batch was taken from.
        changed: whether weights have changed since the training began, so that its steps may be to blame.

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
        detail = ", ".join(f"{name} is {found[name]}" for name in broken)
        modalities = broken_modalities(model, batch, broken)
    else:
        broken, modalities, detail = _broken_gradients(model, batch)
    raise NonFiniteLoss(
        step, where, broken, list(modalities), detail, _advice(model, data, modalities, changed)
    )


def _advice(model: nn.Module, data: MultimodalBaseDataset, broken: Mapping[str, str], changed: bool) -> str:
    """What broke, and what may help: no learning rate is to blame while no weight has changed."""
    sentences = ["; ".join(f"{name!r}: {words}" for name, words in broken.items() if words)]
    likelihoods = dict(getattr(model, "likelihoods", {}))
    far = [
        by_kind(found, likelihoods.get(name))
        for name, found in ranges_of(held_in_tensors(data)).items()
        if name in broken and found.far
    ]
    if far:
        sentences += ["Far from the unit scale: " + "; ".join(map(str, far)), remedies(far)]
    if changed:
        sentences.append("Try a smaller learning_rate, or gradient_clip")
    elif not far:
        sentences.append("No weight has changed yet, so look at the networks and the likelihood")
    return ". ".join(filter(None, sentences))


def _broken_gradients(
    model: nn.Module, batch: MultimodalBaseDataset
) -> tuple[list[str], dict[str, str], str]:
    gradients = {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}
    broken = [name for name, gradient in gradients.items() if not bool(gradient.isfinite().all())]
    if not broken:
        detail = "the gradient is finite, but its norm is too large for a number"
        return [GRADIENT_NORM], broken_modalities(model, batch, [GRADIENT_NORM]), detail
    more = f" and of {len(broken) - 3} more" if len(broken) > 3 else ""
    detail = f"the loss is finite, but not the gradient of {', '.join(broken[:3])}{more}"
    own = [name for name in batch.modalities if any(name in b.split(".") for b in broken)]
    spread = {} if len(own) == 1 else broken_modalities(model, batch, [GRADIENT_NORM])
    return broken, spread or dict.fromkeys(own, ""), detail
