"""Maps of numbers, entry by entry, that can be undone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor


class Step(ABC):
    """One increasing map of each entry; tensors are (*, *dims) in float64."""

    word: ClassVar[str]

    @abstractmethod
    def transform(self, x: Tensor) -> Tensor:
        """What networks see."""

    @abstractmethod
    def inverse_transform(self, y: Tensor) -> Tensor:
        """Original numbers."""

    @abstractmethod
    def log_slope(self, x: Tensor) -> Tensor:
        """ln of the derivative of :meth:`transform` at ``x``, entry by entry."""

    def constants(self) -> dict[str, Any]:
        """What it learned, as lists of numbers."""
        return {}

    def written(self) -> dict[str, Any]:
        """Its word and constants, ready for JSON."""
        return {self.word: self.constants()}

    def __str__(self) -> str:
        return self.word


@dataclass(frozen=True, eq=False)
class Standardise(Step):
    r""":math:`y = (x - \mu) / \sigma`.

    Args:
        mean: μ, of a shape that broadcasts to ``dims``.
        sd: σ > 0, likewise.
    """

    mean: Tensor
    sd: Tensor
    word: ClassVar[str] = "standardise"

    def transform(self, x: Tensor) -> Tensor:
        """See :class:`Step`."""
        return (x - self.mean.to(x.device)) / self.sd.to(x.device)

    def inverse_transform(self, y: Tensor) -> Tensor:
        """See :class:`Step`."""
        return y * self.sd.to(y.device) + self.mean.to(y.device)

    def log_slope(self, x: Tensor) -> Tensor:
        """−ln σ."""
        return -self.sd.to(x.device).log().expand_as(x)

    def constants(self) -> dict[str, Any]:
        """Mean and standard deviation."""
        return {"mean": self.mean.tolist(), "sd": self.sd.tolist()}


class Log1p(Step):
    """y = ln(1 + x), for numbers of at least 0."""

    word = "log1p"

    def transform(self, x: Tensor) -> Tensor:
        """See :class:`Step`."""
        return torch.log1p(x)

    def inverse_transform(self, y: Tensor) -> Tensor:
        """See :class:`Step`."""
        return torch.expm1(y)

    def log_slope(self, x: Tensor) -> Tensor:
        """−ln(1 + x)."""
        return -torch.log1p(x)


@dataclass(frozen=True, eq=False)
class OnColumns(Step):
    """Another step on some columns of a table; all others stay as they are, as ids of classes must.

    Args:
        step: the other step.
        columns: which of the last axis.
    """

    step: Step
    columns: tuple[int, ...]
    word: ClassVar[str] = "columns"

    def transform(self, x: Tensor) -> Tensor:
        """See :class:`Step`."""
        chosen = self._chosen(x)
        return self.step.transform(x.where(chosen, 0)).where(chosen, x)

    def inverse_transform(self, y: Tensor) -> Tensor:
        """See :class:`Step`."""
        chosen = self._chosen(y)
        return self.step.inverse_transform(y.where(chosen, 0)).where(chosen, y)

    def log_slope(self, x: Tensor) -> Tensor:
        """That of the step; 0 elsewhere."""
        chosen = self._chosen(x)
        return self.step.log_slope(x.where(chosen, 0)).where(chosen, 0)

    def written(self) -> dict[str, Any]:
        """See :class:`Step`."""
        return {self.step.word: self.step.constants() | {"columns": list(self.columns)}}

    def __str__(self) -> str:
        return f"{self.step} of columns {', '.join(map(str, self.columns))}"

    def _chosen(self, x: Tensor) -> Tensor:
        chosen = torch.zeros(x.shape[-1], dtype=torch.bool, device=x.device)
        chosen[list(self.columns)] = True
        return chosen


#: Words for steps.
WORDS = (Standardise.word, Log1p.word)


def read_step(written: Mapping[str, Any]) -> Step:
    """The step whose word and constants were written: ``{"standardise": {"mean": …, "sd": …}}``.

    Raises:
        ValueError: another word, or constants that are not there or do not fit.
    """
    word = next(iter(written), "nothing")
    constants = dict(written.get(word, {}))
    columns = constants.pop("columns", None)
    step = _read_plain(word, constants)
    return step if columns is None else OnColumns(step, tuple(columns))


def _read_plain(word: str, constants: Mapping[str, Any]) -> Step:
    if word == Log1p.word:
        return Log1p()
    if word != Standardise.word or set(constants) != {"mean", "sd"}:
        raise ValueError(f"scaler: expected {' or '.join(WORDS)} with its constants, got {word!r}")
    mean, sd = (torch.tensor(constants[key], dtype=torch.float64) for key in ("mean", "sd"))
    if mean.shape != sd.shape or not bool((sd > 0).all()):
        raise ValueError("scaler: expected positive standard deviations, one for each mean")
    return Standardise(mean, sd)
