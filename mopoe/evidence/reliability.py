"""Whether importance weights bear the numbers that they make, and the words for it where they do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from .importance import effective_sample_size
from .pareto import LEAST_DRAWS, has_arviz, pareto_k

#: An estimate with fewer effective draws, or with a larger k̂, must not be believed.
LEAST_EFFECTIVE, LARGEST_K = 10, 0.7


@dataclass(frozen=True, eq=False)
class Reliability:
    """How many draws stand behind the number of each sample, and how heavy the tail of their weights is.

    Both are computed when they are first asked for.

    Args:
        sizes: () → effective draws by sample, (B,).
        tails: () → Pareto k̂ by sample, (B,); ``None`` if it is not judged.
        unjudged: that and why k̂ is not judged, in words; empty if it is.
        verdict: what a number is whose draws are too few or whose tail is too heavy.
    """

    sizes: Callable[[], Tensor]
    tails: Callable[[], Tensor] | None
    unjudged: str = ""
    verdict: str = "not to be believed"

    @classmethod
    def of_weights(
        cls, log_weights: Mapping[str, Tensor], K: int, of_all: Reliability | None = None
    ) -> Reliability:
        """That of an estimate by K draws at a time: of two densities, the worse one counts.

        Args:
            log_weights: density → ln w of all draws, (n, B).
            K: a divisor of n; effective draws are those of K, on average.
            of_all: that of all n draws, whose k̂ holds for K of them too; ``None`` if it is to be computed.
        """
        weights = list(log_weights.values())

        def sizes() -> Tensor:
            return torch.stack([_mean_size(w, K) for w in weights]).amin(0)

        if of_all:
            return replace(of_all, sizes=sizes, tails=of_all.tails and (lambda: _known(of_all)))
        why = ""
        if len(weights[0]) < LEAST_DRAWS:
            why = f"k̂ not judged: {LEAST_DRAWS} draws are the least"
        elif not has_arviz():
            why = "k̂ not judged: it needs ArviZ"
        return cls(
            sizes=sizes,
            tails=None if why else lambda: torch.stack([pareto_k(w) for w in weights]).amax(0),
            unjudged=why,
        )

    @classmethod
    def of_bound(cls, log_weights: Tensor) -> Reliability:
        """That of a bound from all these draws, ln w (n, B): it stays a bound, but may be far from ln p."""
        sizes = effective_sample_size(log_weights)
        return cls(lambda: sizes, None, "k̂ is not judged of bounds", "not to be believed as ln p")

    @classmethod
    def together(cls, parts: Sequence[Reliability]) -> Reliability:
        """That of several estimates of other samples, or of the same ones by other models, side by side."""
        judged = [part for part in parts if part.tails]
        return cls(
            sizes=lambda: torch.cat([part.effective.cpu() for part in parts]),
            tails=(lambda: torch.cat([_known(part).cpu() for part in parts])) if judged else None,
            unjudged="" if judged else parts[0].unjudged,
            verdict=parts[0].verdict,
        )

    def with_other(self, other: Reliability) -> Reliability:
        """That of a difference: sample by sample the fewer draws and the heavier tail of the two."""
        both = (self, other)
        judged = [side for side in both if side.tails]
        return Reliability(
            sizes=lambda: _on_one_device([side.effective for side in both]).amin(0),
            tails=(lambda: _on_one_device([_known(side) for side in judged]).amax(0)) if judged else None,
            unjudged="" if judged else self.unjudged or other.unjudged,
            verdict=self.verdict,
        )

    @cached_property
    def effective(self) -> Tensor:
        """Effective draws by sample, (B,)."""
        return self.sizes()

    @cached_property
    def tail(self) -> Tensor | None:
        """Pareto k̂ by sample, (B,); ``None`` if it is not judged."""
        return self.tails() if self.tails else None

    @cached_property
    def reasons(self) -> str:
        """Such as ``"3 of 50 samples have k̂ > 0.7"``; empty if nothing speaks against any sample."""
        n = len(self.effective)
        few = int((self.effective < LEAST_EFFECTIVE).sum())
        heavy = 0 if self.tail is None else int((self.tail > LARGEST_K).sum())
        found = [(heavy, f"k̂ > {LARGEST_K}"), (few, f"fewer than {LEAST_EFFECTIVE} effective draws")]
        said = [(count, "has" if count == 1 else "have", what) for count, what in found if count]
        if not said:
            return ""
        (count, verb, what), *more = said
        words = f"{count} of {n} sample{'s' * (n > 1)} {verb} {what}"
        words += "".join(f", {count} {verb} {what}" for count, verb, what in more)
        return f"{words} ({self.unjudged})" if self.unjudged else words

    @property
    def diagnosis(self) -> str:
        """Such as ``"not to be believed: 3 of 50 samples have k̂ > 0.7"``; empty likewise."""
        return f"{self.verdict}: {self.reasons}" if self.reasons else ""

    @property
    def judged_by(self) -> str:
        """What was looked at, in words."""
        return f"effective draws alone; {self.unjudged}" if self.unjudged else "effective draws and k̂"


def _mean_size(log_weights: Tensor, K: int) -> Tensor:
    """Effective draws of K, the mean over groups of K: ln w (n, B) → (B,)."""
    groups = effective_sample_size(log_weights.reshape(K, -1))
    return groups.reshape(-1, log_weights.shape[1]).mean(0)


def _known(part: Reliability) -> Tensor:
    """k̂, and minus infinity where it is not judged."""
    return torch.full_like(part.effective, -torch.inf) if part.tail is None else part.tail


def _on_one_device(values: Sequence[Tensor]) -> Tensor:
    return torch.stack([value.to(values[0].device) for value in values])
