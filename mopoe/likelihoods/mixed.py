"""Tables whose columns have likelihoods of their own, as one modality."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .base import Likelihood
from .parts import read_parts


class MixedLikelihood(Likelihood):
    r"""p(x|z) = ∏_g p_g(x_g|z) over groups of columns, each with a likelihood of its own.

    Data are rows of numbers, (B, n): classes and levels as their ids, which counts and real numbers stand beside.
    The decoder returns what the groups ask for, one after another, on one axis. Encoders that have a name see each
    group as it alone would be shown to them, classes one-hot.

    Args:
        parts: for each group a dict of its ``columns`` (a number or a list of them), its ``likelihood`` (a word or an
            instance), and what that likelihood is made with, as in ``[{"columns": [0, 1], "likelihood": "normal",
            "scale": "learned"}, {"columns": 2, "likelihood": "categorical", "n_classes": 5}]``. Every column belongs
            to exactly one of them.
        dims: shape of one row, (n,).

    Raises:
        TypeError, ValueError: naming the group, what came and what was expected.
    """

    word = "mixed"
    accepts_integers = True

    order: Tensor
    back: Tensor

    def __init__(self, parts: Sequence[Mapping[str, Any]] = (), dims: Sequence[int] | None = None) -> None:
        super().__init__()
        found = read_parts(parts, dims)
        self.columns = [columns for columns, _ in found]
        self.parts: Sequence[Likelihood] = cast(Any, nn.ModuleList([likelihood for _, likelihood in found]))
        order = torch.tensor([column for columns in self.columns for column in columns])
        self.register_buffer("order", order, persistent=False)
        self.register_buffer("back", order.argsort(), persistent=False)
        self.may_vanish = any(part.may_vanish for part in self.parts)
        self.zero_in_support = all(part.zero_in_support for part in self.parts)
        self.takes_size = any(part.takes_size for part in self.parts)

    def __str__(self) -> str:
        groups = zip(self.columns, self.parts, strict=True)
        return "mixed of " + "; ".join(f"columns {_short(columns)}: {part}" for columns, part in groups)

    # --- groups of columns, and their parts of a reconstruction ---

    def recon_dims(self, dims: Sequence[int]) -> tuple[int, ...]:
        if tuple(dims) != (len(self.order),):
            raise ValueError(
                f"mixed: expected rows of {len(self.order)} columns, got data of shape {tuple(dims)}"
            )
        return (sum(map(math.prod, self._recon_dims())),)

    def _recon_dims(self) -> list[tuple[int, ...]]:
        pairs = zip(self.parts, self.columns, strict=True)
        return [part.recon_dims((len(columns),)) for part, columns in pairs]

    def _recons(self, recon: Tensor) -> list[tuple[Likelihood, Tensor]]:
        """Each group's likelihood with its own reconstruction, (\\*, B, \\*recon_dims)."""
        dims = self._recon_dims()
        pieces = recon.split([math.prod(own) for own in dims], -1)
        return [
            (part, piece.unflatten(-1, own))
            for part, piece, own in zip(self.parts, pieces, dims, strict=True)
        ]

    def _groups(self, rows: Tensor) -> list[tuple[Likelihood, Tensor]]:
        """Each group's likelihood with its columns of data, or of what is said of each column."""
        columns = rows[..., self.order].split([len(own) for own in self.columns], -1)
        return list(zip(self.parts, columns, strict=True))

    def _rows(self, groups: Sequence[Tensor]) -> Tensor:
        """Columns of all groups, put back in their order."""
        return torch.cat(list(groups), -1)[..., self.back]

    # --- density, means and draws ---

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        pairs = zip(self._recons(recon), self._groups(target), strict=True)
        return torch.cat(
            [_events(part, part.log_prob(own, columns)) for (part, own), (_, columns) in pairs], -1
        )

    def total(
        self, recon: Tensor, target: Tensor, entries: Tensor | None = None, leading_axes: int | None = None
    ) -> Tensor:
        # A group that no sample shows has nothing that could stand in: its density may be undefined there.
        seen = [None] * len(self.parts) if entries is None else [own for _, own in self._groups(entries)]
        shown = [
            part.total(own, columns, of_group, recon.ndim - 1)
            for (part, own), (_, columns), of_group in zip(
                self._recons(recon), self._groups(target), seen, strict=True
            )
            if of_group is None or bool(of_group.any())
        ]
        return torch.stack(shown).sum(0) if shown else recon.new_zeros(recon.shape[:-1])

    def mean(self, recon: Tensor) -> Tensor:
        """Expected values; of classes, which have none, the most probable one."""
        each = self._recons(recon)
        return self._rows([part.point(own) if part.n_ids else part.mean(own) for part, own in each])

    def point(self, recon: Tensor) -> Tensor:
        return self._rows([part.point(own) for part, own in self._recons(recon)])

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        each = self._recons(recon)
        return self._rows([part.sample(own, generator).to(recon.dtype) for part, own in each])

    def with_size(self, recon: Tensor, size_factor: Tensor) -> Tensor:
        if not self.takes_size:
            return super().with_size(recon, size_factor)
        scaled = []
        for part, own in self._recons(recon):
            by_axis = size_factor.reshape(*size_factor.shape, *[1] * (own.ndim - recon.ndim))
            own = part.with_size(own, by_axis) if part.takes_size else own
            scaled.append(own.flatten(recon.ndim - 1))
        return torch.cat(scaled, -1)

    def start(
        self, data: Tensor, entries: Tensor | None = None, size_factor: Tensor | None = None
    ) -> Tensor | None:
        seen = self._groups(torch.ones_like(data, dtype=torch.bool) if entries is None else entries)
        pairs = zip(self._groups(data), seen, self._recon_dims(), strict=True)
        each = [(part.start(own, shown, size_factor), dims) for (part, own), (_, shown), dims in pairs]
        if all(said is None for said, _ in each):
            return None
        return torch.cat([(torch.zeros(dims) if said is None else said).flatten() for said, dims in each])

    def check(self, target: Tensor) -> None:
        self.check_observed(target, torch.ones_like(target, dtype=torch.bool))

    def check_observed(self, target: Tensor, entries: Tensor) -> None:
        pairs = zip(self._groups(target), self._groups(entries), strict=True)
        for columns, ((part, own), (_, seen)) in zip(self.columns, pairs, strict=True):
            try:
                part.check_observed(own, seen)
            except ValueError as error:
                raise ValueError(f"columns {_short(columns)}: {error}") from error

    # --- what was observed ---

    def observed_entries(self, data: Tensor) -> Tensor | None:
        shown = [part.observed_entries(own) for part, own in self._groups(data)]
        if all(entries is None for entries in shown):
            return None
        everywhere = self._groups(torch.ones_like(data, dtype=torch.bool))
        pairs = zip(everywhere, shown, strict=True)
        return self._rows([own if entries is None else entries for (_, own), entries in pairs])

    def events(self, entries: Tensor) -> Tensor:
        return torch.cat([_events(part, part.events(own)) for part, own in self._groups(entries)], -1)

    def whole_events(self, entries: Tensor) -> Tensor:
        return self._rows([part.whole_events(own) for part, own in self._groups(entries)])

    def filled(self, data: Tensor, entries: Tensor) -> Tensor:
        pairs = zip(self._groups(data), self._groups(entries), strict=True)
        return self._rows([part.filled(own, seen) for (part, own), (_, seen) in pairs])

    # --- what encoders see ---

    def features(self, data: Tensor) -> Tensor:
        shown = [
            F.one_hot(own.long(), part.n_ids).to(data.dtype) if part.n_ids else part.features(own)
            for part, own in self._groups(data)
        ]
        return torch.cat([x.flatten(data.ndim - 1) for x in shown], -1)

    def feature_mask(self, entries: Tensor) -> Tensor:
        seen = [
            own[..., None].expand(*own.shape, part.n_ids) if part.n_ids else part.feature_mask(own)
            for part, own in self._groups(entries)
        ]
        return torch.cat([x.flatten(entries.ndim - 1) for x in seen], -1)

    def feature_dims(self, dims: Sequence[int]) -> tuple[int, ...]:
        pairs = zip(self.parts, self.columns, strict=True)
        sizes = [
            len(columns) * part.n_ids if part.n_ids else math.prod(part.feature_dims((len(columns),)))
            for part, columns in pairs
        ]
        return (sum(sizes),)


def _events(part: Likelihood, values: Tensor) -> Tensor:
    """Something of each event of a group on the last axis, also where its columns are one event together."""
    return values[..., None] if part.event_axes else values


def _short(columns: Sequence[int]) -> str:
    """Columns as text: 0, 1 or, of many that follow each other, 0–9."""
    in_a_row = len(columns) > 2 and list(columns) == list(range(columns[0], columns[0] + len(columns)))
    return f"{columns[0]}–{columns[-1]}" if in_a_row else ", ".join(map(str, columns))
