"""Everything that is known about one sample and one subset of its modalities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .generation import Generation
from .plane import LatentPlane


@dataclass(frozen=True)
class Shares:
    """Who decides: each expert's share of the product's precision.

    Attributes:
        names: of the experts, in order; the last is "prior" where the prior is one of them.
        values: shares, (experts, D); columns sum to 1.
        overall: their means over dimensions, (experts,).
    """

    names: list[str]
    values: np.ndarray

    @property
    def overall(self) -> np.ndarray:
        """Mean share over the latent dimensions, (experts,)."""
        return self.values.mean(1)


@dataclass(frozen=True)
class Term:
    """A number in nats with its Monte-Carlo error, 0 where it is exact."""

    value: float
    error: float = 0.0


@dataclass(frozen=True)
class ElboTerms:
    """The terms of one subset's ELBO, in nats.

    Attributes:
        reconstruction: modality → E_q[−ln p(x_m|z)]; missing modalities are left out.
        divergence: KL(q ‖ p) of the shared latent.
        private_divergence: the same, summed over the private latents; ``None`` without them.
        elbo: −Σ reconstruction − divergence − private divergence, of the same draws.
    """

    reconstruction: dict[str, Term]
    divergence: Term
    private_divergence: Term | None
    elbo: Term


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
