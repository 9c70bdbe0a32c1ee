"""The terms of a loss in one tensor, looked at together, and their means over samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mopoe import ModelOutput

GRADIENT_NORM = "gradient_norm"
SHARE = "share_"  # of the samples that have a modality, by its name
OF_MODALITIES = ("recon_", "style_divergence_")  # means over them
_Sums = dict[str, tuple[float, float]]  # term → sum and weight


@dataclass(frozen=True, eq=False)
class LossTerms:
    """Loss, its terms and the norm of the gradient.

    Attributes:
        names: ``"loss"`` first, then the model's own, then ``"gradient_norm"`` where there is one.
        values: (T,) in float64, without a graph.
    """

    names: tuple[str, ...]
    values: Tensor

    @classmethod
    def of(cls, output: ModelOutput, gradient_norm: Tensor | None = None) -> LossTerms:
        """Of a model's output, and of the gradient of all weights together."""
        found = {"loss": output.loss, **output.metrics}
        if gradient_norm is not None:
            found[GRADIENT_NORM] = gradient_norm
        return cls(tuple(found), torch.stack([value.detach().to(torch.float64) for value in found.values()]))

    @property
    def finite(self) -> bool:
        """Whether all are: one look, as on an accelerator every look waits for the device."""
        return bool(self.values.isfinite().all())

    @property
    def loss(self) -> Tensor:
        """The loss, a scalar."""
        return self.values[0]

    def read(self) -> dict[str, float]:
        """Name → number."""
        return dict(zip(self.names, self.values.tolist(), strict=True))


class MeanTerms:
    """Weighted means of terms, summed in float64 where they are; holds numbers, never a graph.

    Terms of the loss weigh as many samples as they are means of, those of a modality the samples that have it; the
    norm of the gradient weighs one step.
    """

    def __init__(self) -> None:
        # Those of one set of names are summed in one tensor; models of others may name other terms in each step.
        self._sums: dict[tuple[str, ...], Tensor] = {}
        self._factors: dict[tuple[tuple[str, ...], int], tuple[Tensor, Tensor | None]] = {}

    def add(self, terms: LossTerms, n: int) -> None:
        """The terms of a batch of ``n`` samples."""
        names = terms.names
        if (names, n) not in self._factors:
            self._factors[names, n] = _weighing(names, n, terms.values.device)
        weights, shares = self._factors[names, n]
        if shares is not None:
            weights = weights * torch.cat([terms.values, terms.values.new_ones(1)])[shares]
        weighted = torch.stack([terms.values * weights, weights])
        self._sums[names] = self._sums.get(names, 0) + weighted

    def read(self, gather: Callable[[_Sums], list[_Sums]] = lambda sums: [sums]) -> dict[str, float]:
        """Term → mean; not a number where it is over nobody.

        Args:
            gather: finds the sums of all processes that share the samples.
        """
        own: _Sums = {}
        for names, sums in self._sums.items():
            for name, part, weight in zip(names, *sums.tolist(), strict=True):
                part_before, weight_before = own.get(name, (0.0, 0.0))
                own[name] = (part_before + part, weight_before + weight)
        pairs: dict[str, list[tuple[float, float]]] = {}
        for part_of_all in gather(own):
            for name, pair in part_of_all.items():
                pairs.setdefault(name, []).append(pair)
        totals = {name: [sum(column) for column in zip(*of, strict=True)] for name, of in pairs.items()}
        return {name: total / weight if weight else math.nan for name, (total, weight) in totals.items()}


def _weighing(names: tuple[str, ...], n: int, device: torch.device) -> tuple[Tensor, Tensor | None]:
    """How terms of a batch of ``n`` samples weigh: factors (T,), and by which other term each is to be multiplied.

    The place of the other term is (T,), T for none; ``None`` where nothing is missing.
    """
    factors = [1.0 if name == GRADIENT_NORM else float(n) for name in names]
    of_others = [share_of(name) for name in names]
    places = [names.index(share) if share in names else len(names) for share in of_others]
    some = any(place < len(names) for place in places)
    return (
        torch.tensor(factors, dtype=torch.float64, device=device),
        torch.tensor(places, device=device) if some else None,
    )


def share_of(name: str) -> str:
    """The term that says of which share of the samples ``name`` is the mean; empty for a term of all samples."""
    start = next((start for start in OF_MODALITIES if name.startswith(start)), None)
    return "" if start is None else SHARE + name.removeprefix(start)
