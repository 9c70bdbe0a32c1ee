"""Levels in an order."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..checks import check_count
from .base import Likelihood
from .whole_numbers import check_whole

CUTS = ("learned", "learned_per_entry")
#: Least distance of two cut points that are learned: the level between them stays possible.
LEAST_GAP = 1e-3


class OrdinalLikelihood(Likelihood):
    r"""Levels 0 … L − 1 with proportional odds: ``recon`` is one location for each entry.

    .. math:: P(x \le j) = \sigma(c_j - \text{recon}), \quad c_0 < \dots < c_{L-2}

    The mean is the expected level, the point the most probable one. Source: McCullagh 1980, *Regression models for
    ordinal data*, with the logit as link.

    Args:
        n_levels: L, at least 2.
        cuts: the cut points c: ``"learned"``, the same for all entries of the modality; ``"learned_per_entry"``; or
            L − 1 rising numbers, which stay. Those that are learned start where all levels are equally probable at
            location 0, and keep apart by ``LEAST_GAP``.
        dims: shape of one sample; needed where each entry has cut points of its own.
    """

    word = "ordinal"
    accepts_integers = True
    zero_in_support = True
    fixed: Tensor

    def __init__(
        self, n_levels: int, cuts: str | Sequence[float] = "learned", dims: Sequence[int] | None = None
    ) -> None:
        super().__init__()
        check_count(n_levels, "n_levels")
        if n_levels < 2:
            raise ValueError(f"n_levels: expected at least 2, got {n_levels}")
        if isinstance(cuts, str) and cuts not in CUTS:
            words = " or ".join(map(repr, CUTS))
            raise ValueError(f"cuts: expected {words} or {n_levels - 1} rising numbers, got {cuts!r}")
        if cuts == "learned_per_entry" and dims is None:
            raise ValueError("cuts: expected input_dims beside 'learned_per_entry', got none")
        self.n_levels = n_levels
        self.word_for_cuts = cuts if isinstance(cuts, str) else ""
        if isinstance(cuts, str):
            shape = tuple(dims or ()) if cuts == "learned_per_entry" else ()
            even = torch.logit(torch.arange(1, n_levels, dtype=torch.float64) / n_levels)
            start = [even[:1], (even.diff() - LEAST_GAP).log()]
            first, raw = (x.to(torch.get_default_dtype()).repeat(*shape, 1) for x in start)
            self.first_cut, self.log_gaps = nn.Parameter(first), nn.Parameter(raw)
        else:
            fixed = _read_cuts(cuts, n_levels)
            # In double precision, to be rounded where it is used; the configuration holds it.
            self.register_buffer("fixed", fixed, persistent=False)
        # Kept as text, which neither a type of lower precision nor a device without numbers changes.
        self.told = self.word_for_cuts.replace("_", " ") or ", ".join(f"{c:g}" for c in self.fixed.tolist())

    def __str__(self) -> str:
        return f"{self.word}, {self.n_levels} levels, cuts {self.told}"

    def gaps(self) -> Tensor:
        """Distances from each cut point to the next, (\\*, L − 2)."""
        return self.log_gaps.exp() + LEAST_GAP if self.word_for_cuts else self.fixed.diff()

    def cuts(self) -> Tensor:
        """Cut points in rising order, (\\*, L − 1)."""
        if not self.word_for_cuts:
            return self.fixed
        return torch.cat([self.first_cut, self.first_cut + self.gaps().cumsum(-1)], -1)

    def level_log_probs(self, recon: Tensor) -> Tensor:
        r"""ln P of every level, (\*, B, \*dims) → (\*, B, \*dims, L)."""
        return _log_between(recon[..., None], *self._bounds(recon))

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        levels = target.long().expand(recon.shape)
        return _log_between(recon, *(_at(values, levels) for values in self._bounds(recon)))

    def _bounds(self, recon: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of every level the cut points below and above it, and ln(1 − e^−gap) of their distance, (\\*, L) each."""
        cuts, gaps = self.cuts().to(recon.dtype), self.gaps().to(recon.dtype)
        below, above = F.pad(cuts, (1, 0), value=-torch.inf), F.pad(cuts, (0, 1), value=torch.inf)
        return below, above, F.pad((-torch.expm1(-gaps)).log(), (1, 1))

    def mean(self, recon: Tensor) -> Tensor:
        return torch.sigmoid(recon[..., None] - self.cuts().to(recon.dtype)).sum(-1)

    def point(self, recon: Tensor) -> Tensor:
        return self.level_log_probs(recon).argmax(-1).to(recon.dtype)

    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        # As many levels up as cut points lie below the location with logistic noise.
        noise = torch.logit(
            torch.rand(recon.shape, dtype=recon.dtype, device=recon.device, generator=generator)
        )
        return ((recon + noise)[..., None] > self.cuts()).sum(-1).to(recon.dtype)

    def check(self, target: Tensor) -> None:
        check_whole(target, f"one of {self.n_levels} levels", self.n_levels - 1)

    def features(self, data: Tensor) -> Tensor:
        """Levels brought to 0 … 1."""
        return data / (self.n_levels - 1)


def _log_between(location: Tensor, below: Tensor, above: Tensor, log_gap: Tensor) -> Tensor:
    """ln of the probability between two cut points."""
    # σ(a) − σ(b) = σ(a) σ(−b) (1 − e^(b − a)): no difference of numbers that are nearly alike.
    return F.logsigmoid(above - location) + F.logsigmoid(location - below) + log_gap


def _at(values: Tensor, levels: Tensor) -> Tensor:
    """Those of ``values``, (L,) or (\\*dims, L), that belong to ``levels``, (\\*, \\*dims)."""
    if values.ndim == 1:
        return values[levels]
    return values.expand(*levels.shape, -1).gather(-1, levels[..., None]).squeeze(-1)


def _read_cuts(cuts: Sequence[float], n_levels: int) -> Tensor:
    try:
        fixed = torch.as_tensor(cuts, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"cuts: expected {n_levels - 1} numbers, got {cuts!r}") from error
    rising = fixed.shape == (n_levels - 1,) and bool((fixed.isfinite()).all() and (fixed.diff() > 0).all())
    if not rising:
        raise ValueError(f"cuts: expected {n_levels - 1} rising numbers for {n_levels} levels, got {cuts}")
    return fixed
