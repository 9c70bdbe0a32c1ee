"""Positive parameters of likelihoods, such as scales: given, learned, or predicted by the decoder."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn

from .base import positive

#: How a parameter is found where it is not given.
FOUND = ("learned", "learned_per_entry", "predicted")
#: Bound of a parameter that is found, unless one is given.
FLOOR = 1e-3
#: Greatest exponent of one that is found: e³⁰ is 10¹³. Beyond it there is no gradient.
CEILING = 30.0


class PositiveParameter(nn.Module):
    r"""A positive parameter of a likelihood.

    One that is found instead of given is :math:`\text{floor} + e^{r}`, with r up to ``CEILING``: a weight or, where
    it is predicted, the decoder's last number for the entry.

    Args:
        value: a number; a tensor or nested lists, whose shape broadcasts to ``dims``; or ``"learned"`` (one),
            ``"learned_per_entry"`` (one for each entry) or ``"predicted"`` (by the decoder, entry by entry).
        what: its name, for messages and ``str()``.
        dims: shape of one sample, where it is known.
        floor: bound of a parameter that is found; ``FLOOR`` by default.
        found: the words that may be its ``value``.

    Attributes:
        number: its value, if that is one number and given.
        predicted: whether it is the decoder that says it.
        by_entry: whether it has a value for each entry, given or learned.

    Raises:
        TypeError: ``value`` is nothing of this.
        ValueError: not positive, a shape that does not fit, or a floor of what is given.
    """

    raw: Tensor | None
    given: Tensor | None

    def __init__(
        self,
        value: Any,
        what: str,
        dims: Sequence[int] | None = None,
        floor: float | None = None,
        found: Sequence[str] = FOUND,
    ) -> None:
        super().__init__()
        self.what = what
        self.word = value if isinstance(value, str) and value in found else ""
        self.number: float | None = None
        self.exact: Tensor | None = None
        if floor is not None and not self.word:
            raise ValueError(f"floor: expected none, as {what} is given and not found, got {floor}")
        self.floor = FLOOR if floor is None else positive(floor, "floor")
        self.register_parameter("raw", None)
        self.register_buffer("given", None, persistent=False)  # the configuration holds it
        if self.word:
            self._learn(dims)
        else:
            self._give(value, dims, found)

    def _learn(self, dims: Sequence[int] | None) -> None:
        if self.word == "learned_per_entry" and dims is None:
            raise ValueError(
                f"{self.what}: expected input_dims beside 'learned_per_entry', which has a value for each entry"
            )
        if self.word != "predicted":
            shape = () if self.word == "learned" or dims is None else tuple(dims)
            start = max(1.0, 2 * self.floor)
            self.raw = nn.Parameter(torch.full(shape, math.log(start - self.floor)))

    def _give(self, value: Any, dims: Sequence[int] | None, found: Sequence[str]) -> None:
        if isinstance(value, (list, tuple)):
            try:
                value = torch.tensor(value, dtype=torch.float64)
            except (TypeError, ValueError) as error:
                raise TypeError(f"{self.what}: expected nested lists of numbers, got {value!r}") from error
        if isinstance(value, Tensor) and value.ndim == 0:
            value = value.item()
        if not isinstance(value, Tensor):
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                words = ", ".join(map(repr, found))
                got = repr(value) if isinstance(value, str) else type(value).__name__
                raise TypeError(f"{self.what}: expected a number, a tensor or one of {words}, got {got}")
            self.number = positive(value, self.what)
            return
        exact = value.detach().to("cpu", torch.float64)
        bad = ~(torch.isfinite(exact) & (exact > 0))
        if bool(bad.any()):
            raise ValueError(
                f"{self.what}: expected positive numbers, got {float(exact[bad][0]):g} among them"
            )
        shape = tuple(exact.shape)
        if dims is not None and not _broadcasts(shape, dims):
            raise ValueError(
                f"{self.what}: expected a shape that broadcasts to {tuple(dims)}, that of one sample, got {shape}"
            )
        self.exact = exact
        self.given = exact.to(torch.get_default_dtype())

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        super()._apply(fn, recurse)
        if self.exact is not None and self.given is not None:
            # What is given keeps all its digits, whatever types the model was in before.
            self.given = self.exact.to(self.given.device, self.given.dtype)
        return self

    @property
    def predicted(self) -> bool:
        """Whether the decoder says it."""
        return self.word == "predicted"

    @property
    def by_entry(self) -> bool:
        """Whether it has a value for each entry, given or learned."""
        return self.given is not None or self.word == "learned_per_entry"

    def forward(self, raw: Tensor | None = None) -> Tensor | float:
        """Its value; ``raw``, of any shape, is what the decoder said where it is predicted."""
        if self.number is not None:
            return self.number
        if self.given is not None:
            return self.given
        raw = raw if self.raw is None else self.raw
        if raw is None:
            raise ValueError(
                f"{self.what}: expected the decoder's number for it, as it is predicted, got None"
            )
        raw = raw.float() if raw.dtype in (torch.float16, torch.bfloat16) else raw
        # exp_ on what clamp made: a tensor less, where there is one number for each entry and sample.
        return raw.clamp(max=CEILING).exp_() + self.floor

    def __str__(self) -> str:
        """Name and setting; what is learned is no setting."""
        if self.number is not None:
            return f"{self.what} {self.number:g}"
        if self.exact is None:
            return f"{self.what} {self.word.replace('_', ' ')}, above {self.floor:g}"
        values = self.exact.flatten().tolist()
        if len(values) <= 8:
            return f"{self.what} {', '.join(f'{value:g}' for value in values)}"
        return (
            f"{self.what} of {len(values)} entries, {min(values):g} to {max(values):g}, "
            f"mean {sum(values) / len(values):g}"
        )


def _broadcasts(shape: Sequence[int], dims: Sequence[int]) -> bool:
    """Whether ``shape`` broadcasts to ``dims``."""
    if len(shape) > len(dims):
        return False
    return all(a in (1, b) for a, b in zip(shape, tuple(dims)[len(dims) - len(shape) :], strict=True))
