"""The ELBO of every subset, term by term, where ln p(x) is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...numerals import numeral


@dataclass(frozen=True)
class SubsetBounds:
    """Exact terms of each subset's bound L_S = Σ_m E[ln p(x_m|z)] − KL(q_S ‖ p), by sample, in nats.

    Attributes:
        modalities: their names.
        subsets: the trained ones.
        explained: E_{q_S}[ln p(x_m|z)], (S, M, B).
        divergence: KL(q_S ‖ p), (S, B).
        elbos: L_S, (S, B).
        gaps: KL(q_S ‖ p(z|x)), which L_S lacks to ln p(x), (S, B).
        evidence: ln p(x), (B,).
        best_explained: E[ln p(x_m|z)] under the exact posterior, (M, B).
        best_divergence: KL(p(z|x) ‖ p), (B,).
    """

    modalities: list[str]
    subsets: list[tuple[str, ...]]
    explained: np.ndarray
    divergence: np.ndarray
    elbos: np.ndarray
    gaps: np.ndarray
    evidence: np.ndarray
    best_explained: np.ndarray
    best_divergence: np.ndarray

    def lost(self) -> np.ndarray:
        """How much worse each modality is explained than by the exact posterior, mean over samples, (S, M)."""
        return (self.best_explained - self.explained).mean(-1)

    def saved(self) -> np.ndarray:
        """How much smaller the divergence is than the exact posterior's, mean over samples, (S,)."""
        return (self.best_divergence - self.divergence).mean(-1)

    def by_size(self) -> dict[int, float]:
        """Number of modalities → mean gap of the subsets of that size."""
        sizes = np.array([len(subset) for subset in self.subsets])
        return {int(size): float(self.gaps[sizes == size].mean()) for size in np.unique(sizes)}

    def _repr_markdown_(self) -> str:
        """Means over samples: one row a subset, one column a term."""
        head = ["subset", *(f"{name} explained" for name in self.modalities), "− KL", "= bound", "gap"]
        lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
        for row, subset in enumerate(self.subsets):
            terms = [*self.explained[row].mean(-1), -self.divergence[row].mean(), self.elbos[row].mean()]
            numbers = [numeral(value) for value in (*terms, self.gaps[row].mean())]
            lines.append(f"| {' · '.join(subset)} | {' | '.join(numbers)} |")
        return "\n".join(lines)


@dataclass(frozen=True)
class Ladder:
    """Means over images of lower bounds of ln p(x), with their Monte-Carlo errors, in nats.

    Attributes:
        names: of the bounds, from the loosest to the tightest.
        values: one each.
        errors: Monte-Carlo errors.
        evidence: exact mean ln p(x), where it is known.
    """

    names: list[str]
    values: list[float]
    errors: list[float]
    evidence: float | None = None
