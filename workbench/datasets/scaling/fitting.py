"""A scaler learned from training data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mopoe import MultimodalBaseDataset
from mopoe.reading.parts import as_dataset

from ..base import Splits
from .entries import mask_of, pieces
from .scaler import Scaler
from .steps import WORDS, Log1p, OnColumns, Standardise, Step

#: How much one mean and one standard deviation are shared by.
PER = ("column", "channel", "modality")


def fit_scaler(
    train: MultimodalBaseDataset | Splits,
    steps: Mapping[str, str | Sequence[str] | Mapping[str, int | Sequence[int]]],
    *,
    per: Mapping[str, str] | None = None,
) -> Scaler:
    """The scaler of these training data; other data are transformed by what it learned here.

    Missing samples, missing entries and NaN have no part in it. An entry that never varies is centred alone, and
    one that nobody observed stays as it is.

    Args:
        train: the training data, part of a data set or list of samples among them, or splits whose training data are
            meant.
        steps: modality → ``"standardise"`` (mean 0, standard deviation 1), ``"log1p"`` (ln(1 + x), for counts and
            other numbers of at least 0 with a long tail), or several in their order, as ``["log1p",
            "standardise"]``, or of some columns of a table alone, as ``{"standardise": [0, 3], "log1p": 5}``, so that
            ids of classes beside them stay what they are. Modalities left out stay as they are.
        per: modality → what has a mean and a standard deviation of its own: each ``"column"`` (entry of a sample),
            each ``"channel"`` (place on the first axis of a sample) or the whole ``"modality"``. By default columns
            where a sample has one axis, as in tables, and else, as in images, the modality: a pixel at the border
            that hardly varies would otherwise be blown up.

    Raises:
        TypeError: data of another kind, or ``steps`` or ``per`` that is no dictionary.
        ValueError: an unknown modality or word, or numbers that are infinite, or negative for ``"log1p"``.
    """
    if isinstance(train, Mapping):
        raise TypeError("fit_scaler: expected a multimodal data set or splits, got a dict")
    train = as_dataset(train.train if isinstance(train, Splits) else train)
    _check("steps", steps, train.modalities)
    _check("per", per or {}, train.modalities)
    fitted = {}
    for name, words in steps.items():
        shared = (per or {}).get(name, "column" if len(train.input_dims[name]) <= 1 else "modality")
        if shared not in PER or (shared == "channel" and len(train.input_dims[name]) < 2):
            raise ValueError(
                f"per[{name!r}]: expected one of {', '.join(PER)}, a channel only where a sample has more axes "
                f"than one, got {shared!r} for {train.input_dims[name]}"
            )
        fitted[name] = _fit(train, name, _words(name, words, train.input_dims[name]), shared)
    return Scaler(train.input_dims, fitted)


def _check(argument: str, values: Any, modalities: Sequence[str]) -> None:
    if not isinstance(values, Mapping):
        raise TypeError(f"{argument}: expected a dict of modality to words, got {type(values).__name__}")
    unknown = [name for name in values if name not in modalities]
    if unknown:
        raise ValueError(f"{argument}: expected modalities among {list(modalities)}, got {unknown[0]!r}")


def _words(name: str, words: Any, dims: Sequence[int]) -> list[tuple[str, tuple[int, ...] | None]]:
    """Each step's word and its columns; ``None`` for all of them."""
    if not isinstance(words, Mapping):
        listed = [words] if isinstance(words, str) else list(words)
        pairs: list[tuple[str, tuple[int, ...] | None]] = [(word, None) for word in listed]
    else:
        pairs = [(w, (own,) if isinstance(own, int) else tuple(own)) for w, own in words.items()]
    for word, columns in pairs:
        if word not in WORDS:
            raise ValueError(f"steps[{name!r}]: expected {' or '.join(WORDS)}, got {word!r}")
        numbers = columns is None or not any(isinstance(column, bool) for column in columns)
        if columns is not None and (len(dims) != 1 or not numbers or not set(columns) <= set(range(dims[0]))):
            raise ValueError(
                f"steps[{name!r}][{word!r}]: expected some columns of a table, got {list(columns)} "
                f"for samples of shape {tuple(dims)}"
            )
    return pairs


def _fit(
    train: MultimodalBaseDataset,
    name: str,
    words: Sequence[tuple[str, tuple[int, ...] | None]],
    shared: str,
) -> list[Step]:
    steps: list[Step] = []
    for word, columns in words:
        if columns is not None and shared != "column":
            raise ValueError(
                f"per[{name!r}]: expected 'column' where a step is of some columns, got {shared!r}"
            )
        moments = _Moments(train, name, steps, shared)
        chosen = ... if columns is None else list(columns)
        if not bool((moments.low.isfinite() & moments.high.isfinite())[chosen].all()):
            raise ValueError(f"modality {name!r}: expected finite numbers, got infinite ones")
        if word == Log1p.word and bool((moments.low[chosen] < 0).any()):
            raise ValueError(
                f"modality {name!r}: expected numbers of at least 0 for 'log1p', got "
                f"{moments.low[chosen].min():.4g}"
            )
        step = Log1p() if word == Log1p.word else Standardise(moments.mean(), moments.sd())
        steps.append(step if columns is None else OnColumns(step, columns))
    return steps


class _Moments:
    """Means and standard deviations over what was observed, after some steps, in two passes over the data.

    ``low``, ``high``: the least and the greatest numbers, 0 where nobody observed any.
    """

    def __init__(self, train: MultimodalBaseDataset, name: str, steps: Sequence[Step], shared: str) -> None:
        self._x, self._mask, self._dims = train.data[name], mask_of(train, name), train.input_dims[name]
        self._steps = steps
        kept = {"column": range(1, self._x.ndim), "channel": (1,), "modality": ()}[shared]
        self._axes = [axis for axis in range(self._x.ndim) if axis not in kept]
        self._n = self._sum(lambda x, seen: seen.to(torch.float64))
        least, most = [], []
        for x, seen in self._pieces():
            least.append(x.where(seen, torch.inf).amin(self._axes, keepdim=True)[0])
            most.append(x.where(seen, -torch.inf).amax(self._axes, keepdim=True)[0])
        unseen = self._n == 0
        self.low = torch.stack(least).amin(0).masked_fill(unseen, 0)
        self.high = torch.stack(most).amax(0).masked_fill(unseen, 0)
        # Multiples of the range: squares of very large numbers would be none.
        self._range = (self.high - self.low).where(self.high > self.low, 1)

    def mean(self) -> Tensor:
        """0 where nobody observed any."""
        total = self._sum(lambda x, seen: ((x - self.low) / self._range).where(seen, 0))
        return self.low + self._range * total / self._n.clamp(min=1)

    def sd(self) -> Tensor:
        """1 where nothing varies."""
        mean = self.mean()
        total = self._sum(lambda x, seen: ((x - mean) / self._range).square().where(seen, 0))
        spread = self._range * (total / self._n.clamp(min=1)).sqrt()
        return spread.where((self.high > self.low) & (spread > 0), 1)

    def _pieces(self) -> Any:
        for x, seen in pieces(self._x, self._mask, self._dims):
            for step in self._steps:
                x = step.transform(x)
            yield x, seen

    def _sum(self, term: Any) -> Tensor:
        return torch.stack(
            [term(x, seen).sum(self._axes, keepdim=True)[0] for x, seen in self._pieces()]
        ).sum(0)
