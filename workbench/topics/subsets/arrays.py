"""Everything that is known about one sample and one subset of its modalities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...posteriors.arrays import Generation, LatentPlane, Shares
from ...uncertainty import standard_error

if TYPE_CHECKING:
    from mopoe import Summary


@dataclass(frozen=True)
class ElboTerms:
    """The terms of one subset's ELBO, in nats.

    Attributes:
        reconstruction: modality → E_q[−ln p(x_m|z)]; missing modalities are left out.
        divergence: KL(q ‖ p) of the shared latent.
        private_divergence: the same, summed over the private latents; ``None`` without them.
        elbo: −Σ reconstruction − divergence − private divergence, of the same draws.
    """

    reconstruction: dict[str, Summary]
    divergence: Summary
    private_divergence: Summary | None
    elbo: Summary


@dataclass(frozen=True)
class Lattice:
    """One number for each subset of the modalities.

    Attributes:
        modalities: all names, in order.
        subsets: all 2^M − 1, by size.
        values: one each, NaN where there is none.
        errors: Monte-Carlo errors, 0 where the number is exact.
        available: whether the sample has all its modalities.
        trained: whether the model was trained on the subset.
        quantity: what the numbers are, in words, with the unit.
        remark: why there are no numbers; empty if there are.
    """

    modalities: list[str]
    subsets: list[tuple[str, ...]]
    values: np.ndarray
    errors: np.ndarray
    available: np.ndarray
    trained: np.ndarray
    quantity: str
    remark: str = ""


@dataclass(frozen=True)
class SubsetAnswer:
    """What the subset explorer shows; ``component`` names the mixture component that was drawn."""

    generation: Generation
    plane: LatentPlane
    shares: Shares | None
    terms: ElboTerms
    component: tuple[str, ...] | None = None


Subset = tuple[str, ...]


@dataclass(frozen=True)
class SubsetBeliefs:
    """One number for each subset and sample; subsets S, samples B, modalities M.

    Attributes:
        modalities: all names, in order.
        subsets: all 2^M − 1, by size, the full one last.
        kl: KL(q_S ‖ p) in nats, (S, B).
        distance: KL(q_full ‖ q_S) in nats, (S, B).
        shares: subset → expert → its share of the product's precision, mean over dimensions and samples.
            The prior is one of the experts where it joins the product.
        read: view → what is read in that view at the mean of q_S, (S, B).
        right: view → share of the draws from q_S whose picture of that view is read as the label, (S, B).
        disagreement: pair of modalities → half the sum of KL(q_a ‖ q_b) and KL(q_b ‖ q_a) in nats, (B,).
    """

    modalities: list[str]
    subsets: list[Subset]
    kl: np.ndarray
    distance: np.ndarray
    shares: dict[Subset, dict[str, float]]
    read: dict[str, np.ndarray]
    right: dict[str, np.ndarray]
    disagreement: dict[tuple[str, str], np.ndarray]

    @property
    def names(self) -> list[str]:
        """Each subset in words."""
        return [" + ".join(subset) for subset in self.subsets]

    def row(self, *subset: str) -> int:
        """Number of a subset.

        Raises:
            ValueError: no such subset; the message lists all.
        """
        for i, candidate in enumerate(self.subsets):
            if set(candidate) == set(subset):
                return i
        raise ValueError(f"row: expected one of {', '.join(self.names)}, got {' + '.join(subset)!r}")

    @property
    def wrong(self) -> np.ndarray:
        """Share of the views and draws that are not read as the label, (S, B)."""
        return 1 - np.mean(list(self.right.values()), 0)

    def n_answers(self, view: str) -> np.ndarray:
        """How many different things are read in ``view`` when each modality is seen alone, (B,)."""
        alone = self.read[view][[self.row(name) for name in self.modalities]]
        return np.array([len(np.unique(answers)) for answers in alone.T])


@dataclass(frozen=True)
class Rates:
    """A mean in each of several groups of samples.

    Attributes:
        score: what the samples are grouped by, in words.
        groups: a name each.
        means: (groups,).
        errors: standard errors over the samples of a group, (groups,).
        sizes: samples in each, (groups,).
    """

    score: str
    groups: list[str]
    means: np.ndarray
    errors: np.ndarray
    sizes: np.ndarray


def rates_by(score: str, scores: np.ndarray, values: np.ndarray, groups: int = 4) -> Rates:
    """Means of ``values`` in groups of equal size, from the lowest scores to the highest.

    Args:
        score: what the scores are, in words.
        scores: (B,).
        values: (B,).
        groups: how many, at least two; sizes differ by at most one.

    Raises:
        ValueError: shapes differ, or a group would have fewer than two samples.
    """
    if scores.shape != values.shape or scores.ndim != 1 or groups < 2 or len(scores) < 2 * groups:
        raise ValueError(
            f"rates_by: expected scores and values of one shape (B,) with B >= {2 * groups}, and two "
            f"groups or more, got {scores.shape} and {values.shape}, {groups} groups"
        )
    parts = np.array_split(values[np.argsort(scores, kind="stable")], groups)
    names = ["lowest", *map(str, range(2, groups)), "highest"]
    return _rates(score, names, parts)


def rates_in(score: str, classes: np.ndarray, values: np.ndarray) -> Rates:
    """Means of ``values`` in each class of samples that holds two or more.

    Args:
        score: what the classes are, in words.
        classes: (B,), whole numbers.
        values: (B,).

    Raises:
        ValueError: shapes differ, or no class holds two samples.
    """
    if classes.shape != values.shape or classes.ndim != 1:
        raise ValueError(
            f"rates_in: expected classes and values of one shape (B,), got {classes.shape} and {values.shape}"
        )
    found, counts = np.unique(classes, return_counts=True)
    held = found[counts > 1]
    if not len(held):
        raise ValueError("rates_in: expected a class with two samples or more, got none")
    return _rates(score, [str(c) for c in held], [values[classes == c] for c in held])


def _rates(score: str, names: list[str], parts: list[np.ndarray]) -> Rates:
    means = np.array([part.mean() for part in parts])
    errors = np.array([standard_error(part) for part in parts])
    return Rates(score, names, means, errors, np.array([len(part) for part in parts]))
