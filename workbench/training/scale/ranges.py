"""What numbers a modality holds, and what to do where they are far from the unit scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mopoe import MultimodalBaseDataset
from mopoe.data import masks_of
from mopoe.likelihoods import MixedLikelihood
from mopoe.output import read_entry
from mopoe.reading.parts import is_held, take
from mopoe.reading.unit_interval import kept_tensors, names_of_bytes

# Weights are made for numbers around 1: at 50, an untrained MLP answers variances of e^40. What is standardised has a
# root mean square of 1, and hardly anything at 50; the logarithm of any count stays below 20.
FARTHEST = 50.0
ROOT_MEAN_SQUARE = 20.0
_ENTRIES_AT_ONCE = 2**24
_ROWS_SQUARED = 4096


@dataclass(frozen=True)
class Range:
    """The numbers of one modality, of those entries that were observed.

    Attributes:
        modality: its name.
        low: the least.
        high: the greatest.
        root_mean_square: of some thousand samples.
        columns: which entries of a sample hold numbers far from 0, where a sample has one axis.
        whole: whether all that was looked at are whole numbers.
        axes: how many a sample has.
        apart: whether its columns differ in kind, so that those with ``columns`` alone are to be scaled.
    """

    modality: str
    low: float
    high: float
    root_mean_square: float
    columns: tuple[int, ...]
    whole: bool
    axes: int
    apart: bool = False

    @property
    def far(self) -> bool:
        """Whether the unit scale is far."""
        return max(abs(self.low), abs(self.high)) > FARTHEST or self.root_mean_square > ROOT_MEAN_SQUARE

    def __str__(self) -> str:
        more = f" and {len(self.columns) - 3} more" if len(self.columns) > 3 else ""
        listed = f", in column{'s'[: len(self.columns) > 1]} {', '.join(map(str, self.columns[:3]))}{more}"
        return (
            f"modality {self.modality!r}: numbers from {self.low:.4g} to {self.high:.4g}, "
            f"root mean square {self.root_mean_square:.4g}{listed if self.columns else ''}"
        )

    @property
    def pixels(self) -> bool:
        """Whether they look like the bytes of an image."""
        return self.axes >= 2 and self.whole and self.low >= 0 and self.high <= 255

    @property
    def counts(self) -> bool:
        """Whether they may be counts."""
        return self.whole and self.low >= 0 and not self.pixels and not self.apart

    @property
    def step(self) -> str | dict[str, list[int]]:
        """What a scaler that suits them is told."""
        if self.apart:
            return {"standardise": list(self.columns)}
        long_tail = self.high > 5 * self.root_mean_square
        return "log1p" if self.low >= 0 and (self.whole or long_tail) else "standardise"


def remedies(ranges: Iterable[Range]) -> str:
    """What brings them all to the unit scale, in one sentence."""
    ranges = list(ranges)
    pixels = [found.modality for found in ranges if found.pixels]
    steps = {found.modality: found.step for found in ranges if not found.pixels}
    parts = [f"divide the pixels of {' and '.join(map(repr, pixels))} by 255"] if pixels else []
    if steps:
        words = " or ".join(sorted({word for step in steps.values() for word in _words(step)}, reverse=True))
        parts.append(f"{words}, by the scaler that workbench.datasets.fit_scaler(train, {steps}) makes")
    counts = [found.modality for found in ranges if found.counts]
    if counts:
        listed = " and ".join(map(repr, counts))
        parts.append(f"or, if {listed} are counts, the likelihood 'negative_binomial' or 'poisson'")
    return f"Remedy: {'; '.join(parts)}"


def _words(step: str | dict[str, list[int]]) -> Iterable[str]:
    return [step] if isinstance(step, str) else step


def by_kind(found: Range, likelihood: Any) -> Range:
    """The range of a table whose columns have likelihoods of their own, of columns of real numbers alone."""
    if not isinstance(likelihood, MixedLikelihood):
        return found
    kinds = zip(likelihood.columns, likelihood.parts, strict=True)
    numbers = {column for columns, part in kinds if not part.accepts_integers for column in columns}
    columns = tuple(column for column in found.columns if column in numbers)
    return replace(found, columns=columns, apart=bool(columns))


def ranges_of(data: Any) -> dict[str, Range]:
    """Modality → its range, in one pass; without flags, bytes read as x / 255, and what nobody observed.

    Args:
        data: a data set or batch held in tensors.
    """
    tensors: Mapping[str, Tensor] = read_entry(data, "data") or {}
    masks = masks_of(data) or {}
    found: dict[str, Range] = {}
    for name, x in kept_tensors(tensors).items():
        if name not in names_of_bytes(tensors) and x.dtype != torch.bool and not x.is_complex() and x.ndim:
            read = _range(name, x, masks.get(name))
            found |= {} if read is None else {name: read}
    return found


def held_in_tensors(data: Any, at_most: int = 256) -> MultimodalBaseDataset:
    """The data set itself, or some evenly spaced samples of one that makes them when they are asked for."""
    return data if is_held(data) else take(data, spaced(len(data), at_most))


def spaced(n: int, at_most: int) -> Tensor:
    """At most so many of n rows, evenly spaced."""
    return torch.linspace(0, n - 1, min(n, at_most), dtype=torch.float64).round().long().unique()


def _range(name: str, x: Tensor, mask: Tensor | None) -> Range | None:
    rows = max(1, _ENTRIES_AT_ONCE // max(1, x[0].numel()))
    ends = []
    for start in range(0, len(x), rows):
        part = _standing_in(x[start : start + rows], None if mask is None else mask[start : start + rows])
        if part.numel() and bool(part.aminmax()[0].isnan()):  # of any that is NaN
            part = part[~part.isnan()]
        if part.numel():
            ends.append(torch.stack(part.aminmax()).double())
    if not ends:
        return None
    low, high = torch.stack(ends).amin(0)[0].item(), torch.stack(ends).amax(0)[1].item()
    some = spaced(len(x), _ROWS_SQUARED).to(x.device)
    sample = _observed(x[some], None if mask is None else mask[some]).double()
    # Numbers to be squared are brought near 1 before.
    size = max(abs(low), abs(high), 1e-300)
    mean_square = (sample / size).square().mean().nan_to_num(0).item()
    whole = bool((sample == sample.round()).all())
    found = Range(name, low, high, size * mean_square**0.5, (), whole, x.ndim - 1)
    return replace(found, columns=_far_columns(x, mask)) if found.far and x.ndim == 2 else found


def _standing_in(x: Tensor, mask: Tensor | None) -> Tensor:
    """Numbers with the ends of those that were observed; none if nothing was."""
    if mask is None or mask.ndim == 1:
        return x if mask is None else x[mask.bool()]
    mask = mask.bool().expand_as(x)
    row = mask.reshape(len(x), -1).any(1).int().argmax()
    seen = x[row][mask[row]]
    return x.where(mask, seen[0]) if len(seen) else x[:0]


def _observed(x: Tensor, mask: Tensor | None) -> Tensor:
    """What was observed: (n, \\*dims) where masks are by sample, else flat. NaN stands for what was not."""
    if mask is not None:
        mask = mask.bool()
        x = x[mask] if mask.ndim == 1 else x[mask.expand_as(x)]
    missing = x.isnan()
    return x[~missing] if bool(missing.any()) else x


def _far_columns(x: Tensor, mask: Tensor | None) -> tuple[int, ...]:
    if mask is not None:
        x = x.where(mask.bool().reshape(len(x), -1), 0)
    most = x.abs().nan_to_num(0).amax(0)
    return tuple(most.gt(FARTHEST).nonzero().flatten().tolist())
