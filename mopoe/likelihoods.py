"""Decoder likelihoods ln p(x_m | z): what a decoder's output means, and which data it can explain."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from .fusion.transforms import being_transformed

LogProb = Callable[[Tensor, Tensor], Tensor]


class Likelihood(ABC):
    """One modality's likelihood. ``recon`` is the decoder's raw output, ``target`` the data.

    ``str()`` names the distribution and its scale.

    Attributes:
        word: its name in ``MoPoEConfig(decoders_dist=...)``; empty where it has none.
        parameters: what ``MoPoEConfig(decoder_dist_params=...)`` may set, each a positive number.
        event_axes: how many last axes of the data are one event together, as the categories of a one-hot one.
        accepts_integers: whether data may be integers or booleans.
        keeps_integers: whether they reach networks and density as they are, not as real numbers.
        may_vanish: whether the density is zero anywhere.
    """

    word: ClassVar[str] = ""
    parameters: ClassVar[tuple[str, ...]] = ()
    event_axes: ClassVar[int] = 0
    accepts_integers: ClassVar[bool] = False
    keeps_integers: ClassVar[bool] = False
    may_vanish: ClassVar[bool] = False

    def __str__(self) -> str:
        return self.word

    @abstractmethod
    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        """ln p(target | recon) in nats by element; leading axes of ``recon`` broadcast."""

    def total(self, recon: Tensor, target: Tensor) -> Tensor:
        """ln p(target | recon) in nats by sample: recon (*, B, *dims), target (B, *dims) → (*, B)."""
        leading = recon.shape[: recon.ndim - target.ndim + 1]
        return self.log_prob(recon, target).reshape(*leading, -1).sum(-1)

    def mean(self, recon: Tensor) -> Tensor:
        """The expected data: ``recon`` brought to data space."""
        return recon

    @abstractmethod
    def check(self, target: Tensor, name: str) -> None:
        """Raise ``ValueError`` naming ``name`` if ``target`` is outside the support."""


class LocationScaleLikelihood(Likelihood):
    """A density around a location, with a fixed scale: support ℝ."""

    parameters: ClassVar[tuple[str, ...]] = ("scale",)

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def __str__(self) -> str:
        return f"{self.word}, scale {self.scale:g}"

    @abstractmethod
    def distance(self, difference: Tensor, out: Tensor | None = None) -> Tensor:
        """What is added up over elements: ln p falls with it. Written to ``out`` if there is one."""

    @abstractmethod
    def log_density(self, distance: Tensor, n: int) -> Tensor:
        """ln p of ``n`` elements whose distances sum to ``distance``."""

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return self.log_density(self.distance(recon - target), 1)

    def total(self, recon: Tensor, target: Tensor) -> Tensor:
        # Scaled after the sum: every pass over all elements of a batch of images counts.
        leading = recon.shape[: recon.ndim - target.ndim + 1]
        difference = recon - target
        in_place = None if torch.is_grad_enabled() or being_transformed() else difference
        distances = self.distance(difference, in_place).reshape(*leading, -1).sum(-1)
        return self.log_density(distances, math.prod(target.shape[1:]))

    def check(self, target: Tensor, name: str) -> None:
        # One sum finds a stray value; only if it does is every element looked at.
        if not bool(torch.isfinite(target.sum())) and not bool(torch.isfinite(target).all()):
            bad = int((~torch.isfinite(target)).sum())
            raise ValueError(
                f"modality {name!r}: expected finite values, got {bad} that are NaN or infinite "
                "(mark missing entries by masks)"
            )


class NormalLikelihood(LocationScaleLikelihood):
    """N(recon, scale²)."""

    word = "normal"

    def distance(self, difference: Tensor, out: Tensor | None = None) -> Tensor:
        return torch.square(difference, out=out)

    def log_density(self, distance: Tensor, n: int) -> Tensor:
        return -0.5 * (distance / self.scale) / self.scale - n * math.log(self.scale * math.sqrt(2 * math.pi))


class LaplaceLikelihood(LocationScaleLikelihood):
    """Laplace(recon, scale)."""

    word = "laplace"

    def distance(self, difference: Tensor, out: Tensor | None = None) -> Tensor:
        return torch.abs(difference, out=out)

    def log_density(self, distance: Tensor, n: int) -> Tensor:
        return -distance / self.scale - n * math.log(2 * self.scale)


class BernoulliLikelihood(Likelihood):
    """Bernoulli with ``recon`` as logits; targets are 0 or 1."""

    word = "bernoulli"
    accepts_integers = True

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return F.logsigmoid(recon) - (1 - target) * recon

    def mean(self, recon: Tensor) -> Tensor:
        return torch.sigmoid(recon)

    def check(self, target: Tensor, name: str) -> None:
        outside = (target != 0) & (target != 1)
        if bool(outside.any()):
            raise ValueError(
                f"modality {name!r}: expected targets 0 or 1 for a bernoulli likelihood, "
                f"got {float(target[outside][0]):.4g}; binarise the data or choose 'normal' or 'laplace'"
            )


class CategoricalLikelihood(Likelihood):
    """Categorical with ``recon`` as logits on the last axis; targets are one-hot there."""

    word = "categorical"
    event_axes = 1
    accepts_integers = True

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return (target * torch.log_softmax(recon, -1)).sum(-1)

    def mean(self, recon: Tensor) -> Tensor:
        return torch.softmax(recon, -1)

    def check(self, target: Tensor, name: str) -> None:
        one_hot = ((target == 0) | (target == 1)).all() & (target.sum(-1) == 1).all()
        if not bool(one_hot):
            raise ValueError(
                f"modality {name!r}: expected one-hot targets on the last axis for a categorical likelihood, "
                f"got values from {float(target.min()):.4g} to {float(target.max()):.4g} "
                f"with sums from {float(target.sum(-1).min()):.4g} to {float(target.sum(-1).max()):.4g}"
            )


class CustomLikelihood(Likelihood):
    """The user's own ``log_prob(recon, target)``, which may return any shape that starts with the batch."""

    accepts_integers = True
    keeps_integers = True  # tokens, for example: only the user knows what they mean
    may_vanish = True

    def __init__(self, function: LogProb) -> None:
        self.function = function

    def __str__(self) -> str:
        return getattr(self.function, "__name__", type(self.function).__name__)

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return self.function(recon, target)

    def total(self, recon: Tensor, target: Tensor) -> Tensor:
        # A user's function is promised two tensors of one batch, nothing else.
        leading = recon.shape[: recon.ndim - target.ndim + 1]
        recon, target = (x.flatten(0, len(leading) - 1) for x in (recon, target.expand_as(recon)))
        log_prob = self.log_prob(recon, target)
        if log_prob.ndim == 0 or log_prob.shape[0] != recon.shape[0]:
            raise ValueError(
                f"log_prob of a decoder: expected a tensor that starts with the batch axis {recon.shape[0]}, "
                f"got shape {tuple(log_prob.shape)}"
            )
        return log_prob.reshape(*leading, -1).sum(-1)

    def check(self, target: Tensor, name: str) -> None:
        """Any target may be in the support: only the user knows."""


#: Word → likelihood.
LIKELIHOODS: dict[str, type[Likelihood]] = {
    kind.word: kind
    for kind in (NormalLikelihood, LaplaceLikelihood, BernoulliLikelihood, CategoricalLikelihood)
}


def event_axes(kind: object) -> int:
    """``event_axes`` of the likelihood called ``kind``; 0 for a function, or where there is none."""
    return LIKELIHOODS[kind].event_axes if isinstance(kind, str) and kind in LIKELIHOODS else 0


def make_likelihood(kind: str | LogProb, params: Mapping[str, Any] | None, name: str) -> Likelihood:
    """The likelihood called ``kind`` for modality ``name``.

    Raises:
        TypeError: ``kind`` is neither a word nor a function, or ``params`` no dictionary.
        ValueError: an unknown word or parameter, or a scale that is no positive number.
    """
    if not isinstance(kind, str) and not callable(kind):
        raise TypeError(f"decoders_dist[{name!r}]: expected a word or a function, got {type(kind).__name__}")
    params = {} if params is None else params
    if not isinstance(params, Mapping):
        raise TypeError(f"decoder_dist_params[{name!r}]: expected a dict, got {type(params).__name__}")
    found = LIKELIHOODS.get(kind) if isinstance(kind, str) else None
    allowed = found.parameters if found else ()
    unknown = [key for key in params if key not in allowed]
    if unknown:
        raise ValueError(
            f"decoder_dist_params[{name!r}]: {kind!r} takes {' and '.join(allowed) or 'no parameters'}, "
            f"got {unknown[0]!r}"
        )
    if found:
        return found(
            **{
                key: _positive(value, f"decoder_dist_params[{name!r}][{key!r}]")
                for key, value in params.items()
            }
        )
    if isinstance(kind, str):
        raise ValueError(
            f"decoders_dist[{name!r}]: expected one of {', '.join(LIKELIHOODS)} or a function "
            f"log_prob(recon, target), got {kind!r}"
        )
    return CustomLikelihood(kind)


def _positive(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{what}: expected a number, got {type(value).__name__}")
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{what}: expected a positive number, got {value}")
    return float(value)
