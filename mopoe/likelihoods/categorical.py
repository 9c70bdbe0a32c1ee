"""Categories: one-hot, or ids of classes, as tokens are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checks import check_count
from .base import Likelihood
from .whole_numbers import check_whole, widened

# Along a last axis of fewer classes processors take a multiple of the time that they take along the first one.
_SHORT = 16


class CategoricalLikelihood(Likelihood):
    r"""Categorical with ``recon`` as logits on the last axis.

    Without ``n_classes`` targets are one-hot on the last axis. With it they are ids 0 … V − 1, whole numbers of any
    type, and the decoder returns (\*dims, V); no one-hot vectors are made. Means are probabilities, (\*dims, V) in
    both cases; points and draws are data: one-hot vectors, or ids.

    Args:
        n_classes: V, for data that are ids.
        padding: the id, of these or any other, that stands where a sequence has ended: entries with it count as
            unobserved. Then ln p is that of the tokens given how many there are; see :func:`mopoe.length_masks` for
            lengths instead.
    """

    word = "categorical"
    event_axes = 1
    accepts_integers = True

    def __init__(self, n_classes: int | None = None, padding: int | None = None) -> None:
        super().__init__()
        if n_classes is None and padding is not None:
            raise ValueError(
                f"padding: expected n_classes beside it, as one-hot data hold no ids, got {padding}"
            )
        if n_classes is not None:
            check_count(n_classes, "n_classes")
        if padding is not None and (isinstance(padding, bool) or not isinstance(padding, int)):
            raise TypeError(f"padding: expected an id, got {padding!r}")
        self.n_ids = n_classes or 0
        self.keeps_integers = self.n_ids > 0
        self.event_axes = 0 if self.n_ids else type(self).event_axes
        self.padding = padding

    def __str__(self) -> str:
        padding = "" if self.padding is None else f", padding {self.padding}"
        return self.word + (f", {self.n_ids} classes{padding}" if self.n_ids else "")

    def recon_dims(self, dims: Sequence[int]) -> tuple[int, ...]:
        return (*dims, self.n_ids) if self.n_ids else tuple(dims)

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        log_probs = _over_classes(torch.log_softmax, recon)
        if not self.n_ids:
            return (target * log_probs).sum(-1)
        shown = self.observed_entries(target)
        ids = (target if shown is None else target.where(shown, 0)).long()
        found = log_probs.gather(-1, ids.expand(recon.shape[:-1])[..., None]).squeeze(-1)
        return found if shown is None else found.where(shown, 0)

    def mean(self, recon: Tensor) -> Tensor:
        return _over_classes(torch.softmax, recon)

    def point(self, recon: Tensor) -> Tensor:
        return self._as_data(recon.argmax(-1), recon)

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return self._as_data(draw_categories(recon, generator), recon)

    def _as_data(self, ids: Tensor, recon: Tensor) -> Tensor:
        return ids if self.n_ids else F.one_hot(ids, recon.shape[-1]).to(recon.dtype)

    def observed_entries(self, data: Tensor) -> Tensor | None:
        return None if self.padding is None else widened(data) != self.padding

    def check(self, target: Tensor) -> None:
        if self.n_ids:
            shown = self.observed_entries(target)
            check_whole(target if shown is None else target[shown], "ids", self.n_ids - 1)
            return
        one_hot = ((target == 0) | (target == 1)).all() & (target.sum(-1) == 1).all()
        if not bool(one_hot):
            raise ValueError(
                "expected one-hot targets on the last axis for a categorical likelihood, "
                f"got values from {float(target.min()):.4g} to {float(target.max()):.4g} "
                f"with sums from {float(target.sum(-1).min()):.4g} to {float(target.sum(-1).max()):.4g}"
                "; for ids of classes say how many there are: decoder_dist_params={...: {'n_classes': V}}"
            )


def _over_classes(function: Callable[[Tensor, int], Tensor], logits: Tensor) -> Tensor:
    """``function`` of the last axis, (\\*, V)."""
    if logits.shape[-1] >= _SHORT or logits.device.type != "cpu":
        return function(logits, -1)
    return function(logits.movedim(-1, 0), 0).movedim(0, -1)


def draw_categories(logits: Tensor, generator: torch.Generator | None) -> Tensor:
    """Ids drawn from softmax of ``logits`` on the last axis: (\\*, V) → (\\*)."""
    # The greatest of logits plus Gumbel noise: no pass over cumulated probabilities, and none that underflow.
    noise = torch.empty_like(logits).exponential_(generator=generator).log()
    return (logits - noise).argmax(-1)
