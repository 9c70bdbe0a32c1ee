"""A likelihood that is a function of the user's own."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from .base import Likelihood, summed

LogProb = Callable[[Tensor, Tensor], Tensor]


class FunctionLikelihood(Likelihood):
    r"""The user's own ``log_prob(recon, target)``.

    It is given the decoder's output as it is, (N, ...), and the target for each of the N rows, (N, \*dims); it
    returns a tensor that starts with that axis. If it is a module, its parameters are the model's.
    """

    accepts_integers = True
    keeps_integers = True  # tokens, for example: only the user knows what they mean
    may_vanish = True

    def __init__(self, function: LogProb) -> None:
        super().__init__()
        self.function = function

    def __str__(self) -> str:
        return getattr(self.function, "__name__", type(self.function).__name__)

    def leading_axes(self, recon: Tensor, target: Tensor) -> int:
        return recon.ndim - target.ndim + 1

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return self.function(recon, target)

    def total(
        self, recon: Tensor, target: Tensor, entries: Tensor | None = None, leading_axes: int | None = None
    ) -> Tensor:
        # A user's function is promised two tensors of one batch, nothing else.
        axes = self.leading_axes(recon, target) if leading_axes is None else leading_axes
        leading = recon.shape[:axes]
        recon = recon.flatten(0, axes - 1)
        each = target.expand(*leading, *target.shape[1:]).flatten(0, axes - 1)
        if entries is not None:
            entries = entries.expand(*leading, *entries.shape[1:]).flatten(0, axes - 1)
        return summed(self.log_prob(recon, each), [len(recon)], entries, "a decoder").reshape(leading)
