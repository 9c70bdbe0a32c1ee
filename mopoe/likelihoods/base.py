"""What every likelihood ln p(x_m | z) says of itself: its density, its mean, its draws, and the data it explains."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn


class Likelihood(nn.Module, ABC):
    r"""One modality's likelihood p(x|z), as a module: its parameters are trained, moved and saved with the model.

    ``recon`` is the decoder's raw output, (\*, B, \*recon_dims); ``target`` the data, (B, \*dims). ``str()`` names
    the distribution and all its settings, as numbers of two likelihoods compare only where they are alike.

    A likelihood of your own says ``log_prob`` and, as far as they are asked for, the rest; give ``decoders_dist``
    an instance of it.

    Attributes:
        word: its name in ``MoPoEConfig(decoders_dist=...)``; empty where it has none.
        event_axes: how many last axes of the data are one event together, as the categories of a one-hot one.
        accepts_integers: whether data may be integers or booleans.
        keeps_integers: whether they reach networks and density as they are, not as real numbers.
        may_vanish: whether the density is zero anywhere.
        n_ids: where data are ids of classes, how many there are; else 0.
        takes_size: whether samples may have size factors, such as the library size of counts.
        zero_in_support: whether zeros are data like others, so that they can stand under missing entries.
    """

    word: ClassVar[str] = ""
    event_axes: int = 0
    accepts_integers: bool = False
    keeps_integers: bool = False
    may_vanish: bool = False
    n_ids: int = 0
    zero_in_support: bool = False
    takes_size: bool = False

    def __init__(self) -> None:
        super().__init__()

    def __str__(self) -> str:
        return self.word or type(self).__name__

    def __repr__(self) -> str:
        # What print(model) and print(model.likelihoods) show.
        return str(self)

    @abstractmethod
    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        r"""ln p(target | recon) in nats by event, (\*, B, \*dims without the event's axes)."""

    def recon_dims(self, dims: Sequence[int]) -> tuple[int, ...]:
        """The shape of one sample that a decoder must return for data of shape ``dims``: the same unless it says so.

        Several parameters of an entry lie on the last axis: (\\*dims, P).
        """
        return tuple(dims)

    def mean(self, recon: Tensor) -> Tensor:
        """The expected data: ``recon`` brought to data space, probabilities where data are categories."""
        return recon

    def point(self, recon: Tensor) -> Tensor:
        """One value for each entry, in the shape of the data: the mean, or the most probable category."""
        return self.mean(recon)

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        r"""Data drawn from p(x|z), (\*, B, \*dims).

        Raises:
            NotImplementedError: this likelihood does not say how.
        """
        raise NotImplementedError(
            f"{self}: expected a likelihood that says how to draw data; write its method sample(recon, generator)"
        )

    def check(self, target: Tensor) -> None:
        """Raise ``ValueError`` if some of ``target`` is outside the support; whoever calls names the modality."""

    def check_observed(self, target: Tensor, entries: Tensor) -> None:
        """:meth:`check`, where entries that were not observed are :meth:`filled`, if anything was."""
        if bool(entries.any()):
            self.check(target)

    def total(
        self, recon: Tensor, target: Tensor, entries: Tensor | None = None, leading_axes: int | None = None
    ) -> Tensor:
        r"""ln p of what was observed of each sample, in nats: (\*, B).

        Args:
            recon: (\*, B, \*recon_dims).
            target: (B, \*dims).
            entries: (B, \*dims) boolean, true where an entry was observed; ``None`` for all of them.
            leading_axes: how many axes \* and B are; by default what ``recon_dims`` leaves.

        Raises:
            ValueError: ``log_prob`` returned something of another shape.
        """
        leading = recon.shape[: self.leading_axes(recon, target) if leading_axes is None else leading_axes]
        events = None if entries is None else self.events(entries)
        return summed(self.log_prob(recon, target), leading, events, str(self))

    def leading_axes(self, recon: Tensor, target: Tensor) -> int:
        """How many axes stand before ``recon_dims``."""
        return recon.ndim - len(self.recon_dims(target.shape[1:]))

    def observed_entries(self, data: Tensor) -> Tensor | None:
        """Which entries of the data say something, (B, \\*dims) boolean, if they themselves tell, as padding does."""
        return None

    def events(self, entries: Tensor) -> Tensor:
        """Which events were observed, all their entries: (B, \\*dims) → (B, \\*dims without the event's axes)."""
        return entries.flatten(-self.event_axes).all(-1) if self.event_axes else entries

    def whole_events(self, entries: Tensor) -> Tensor:
        """``entries``, (B, \\*dims), without those whose event was not observed as a whole, as a one-hot vector."""
        if not self.event_axes:
            return entries
        events = self.events(entries)
        return events.reshape(*events.shape, *[1] * self.event_axes).expand_as(entries)

    def filled(self, data: Tensor, entries: Tensor) -> Tensor:
        """``data`` with something within the support under each entry that was not observed, (B, \\*dims).

        Zeros where they are; else what another sample shows there; where none does, any event that was observed.
        """
        if self.zero_in_support:
            return data.where(entries, 0)
        joined = data.ndim - self.event_axes
        events = data.reshape(len(data), math.prod(data.shape[1:joined]), -1)
        seen = self.events(entries).reshape(len(data), -1)
        rows = seen.int().argmax(0)
        elsewhere = events[rows, torch.arange(events.shape[1], device=data.device)]
        anywhere = events.flatten(0, 1)[seen.flatten().int().argmax()]
        anywhere = torch.where(seen.any(), anywhere, 0)
        stand_in = torch.where(seen.any(0)[:, None], elsewhere, anywhere)
        return torch.where(seen[..., None], events, stand_in).reshape(data.shape)

    # --- what the networks that have a name see of the data ---

    def features(self, data: Tensor) -> Tensor:
        """What an encoder that has a name is given of the data: the data, unless they are better told otherwise."""
        return data

    def feature_mask(self, entries: Tensor) -> Tensor:
        """Which of the ``features`` were observed."""
        return entries

    def feature_dims(self, dims: Sequence[int]) -> tuple[int, ...]:
        """Shape of one sample's ``features``."""
        return tuple(dims)

    # --- where training starts ---

    def start(
        self, data: Tensor, entries: Tensor | None = None, size_factor: Tensor | None = None
    ) -> Tensor | None:
        """What a decoder should return before it has learned anything of ``data``, in the shape of ``recon_dims``.

        ``None`` where that is near 0, as of numbers on the unit scale.

        Args:
            data: (B, \\*dims).
            entries: (B, \\*dims) boolean, true where an entry was observed; ``None`` for all of them.
            size_factor: (B,), where there are any.
        """
        return None

    # --- how many were counted ---

    def with_size(self, recon: Tensor, size_factor: Tensor) -> Tensor:
        """``recon`` for samples of other sizes, as library sizes of counts; ``size_factor`` broadcasts.

        Raises:
            ValueError: this likelihood knows no size.
        """
        raise ValueError(f"size_factors: expected a likelihood of counts, got {self}")


def summed(log_prob: Tensor, leading: Sequence[int], events: Tensor | None, whose: str) -> Tensor:
    """ln p of what was observed of each sample, (\\*, B), out of that of single events.

    Args:
        log_prob: (\\*, B, ...); where single events are missing, one number for each of them.
        leading: sizes of \\* and B.
        events: (B, ...) boolean, which were observed; ``None`` for all of them.
        whose: what returned ``log_prob``, for messages.

    Raises:
        ValueError: another shape, which would mix samples or events.
    """
    leading, got = tuple(leading), tuple(log_prob.shape)
    if got[: len(leading)] != leading:
        axes = f"axis {leading[0]}" if len(leading) == 1 else f"axes {leading}"
        raise ValueError(
            f"log_prob of {whose}: expected a tensor that starts with the batch {axes}, got shape {got}"
        )
    if events is not None:
        expected = (*leading, *events.shape[1:])
        if got != expected:
            raise ValueError(
                f"log_prob of {whose}: expected one number an entry where single entries are missing, of shape "
                f"{expected}, got {got}"
            )
        log_prob = log_prob.where(events, 0)
    return log_prob.reshape(*leading, -1).sum(-1)


def positive(value: Any, what: str) -> float:
    """``value`` as a positive number; the message names ``what``.

    Raises:
        TypeError: no number.
        ValueError: not positive, or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{what}: expected a number, got {type(value).__name__}")
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{what}: expected a positive number, got {value}")
    return float(value)


def check_finite(target: Tensor) -> None:
    """Raise ``ValueError`` if a value is NaN or infinite."""
    # One sum finds a stray value; only if it does is every element looked at.
    if not bool(torch.isfinite(target.sum())) and not bool(torch.isfinite(target).all()):
        bad = int((~torch.isfinite(target)).sum())
        raise ValueError(
            f"expected finite values, got {bad} that are NaN or infinite (masks or missing='nan' mark the missing)"
        )
