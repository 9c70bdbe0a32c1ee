"""The generalised ELBO and the tighter bounds above it, from one set of draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..display import html_table
from .importance import ImportanceDraws, importance_bound, mean_and_error, mean_of_mixtures
from .results import PerSample


@dataclass(frozen=True, eq=False, repr=False)
class Bounds:
    r"""Lower bounds of ln p(x) by sample, in nats, each with its Monte-Carlo error; the later the tighter.

    .. math::
        L_{gen} &= \sum_S w_S \{E_{q_S}[\ln p(x|z)] - KL(q_S \| p)\} \\
        L_{mix} &= E_q[\ln p(x|z)] - KL(q \| p), \quad q = \sum_S w_S q_S \\
        L_K &= E\big[\ln \tfrac1K \textstyle\sum_k p(x|z_k) p(z_k) / q(z_k|x)\big]

    With private latents, KL and weights hold theirs as well.

    Source: Sutter et al. 2021, section 3 (L_gen); L_gen ≤ L_mix as the KL is convex; L_K: Burda et al. 2016.
    All take β = 1 and no rescaling: with other weights the training objective is no bound of ln p(x).

    Attributes:
        generalised: L_gen, with the exact KL of each component.
        mixture: L_mix, with a Monte-Carlo KL of the whole mixture.
        importance_weighted: L_K.
        K: number of importance draws in L_K.
        repeats: how many times K draws were taken.
    """

    generalised: PerSample
    mixture: PerSample
    importance_weighted: PerSample
    K: int
    repeats: int

    @classmethod
    def of_draws(
        cls,
        draws: ImportanceDraws,
        K: int,
        density: str,
        fingerprints: Mapping[str, Tensor],
    ) -> Bounds:
        """The bounds that draws from the mixture make.

        Args:
            draws: (K · repeats, B), with the divergence Σ_S w_S KL(q_S ‖ p) + Σ_m KL(q(w_m) ‖ p).
            K: of L_K.
            density: what is bounded, in symbols.
            fingerprints: as in :class:`PerSample`.
        """
        likelihood, error = mean_and_error(draws.log_likelihood)

        def bound(name: str, value: Tensor, error: Tensor) -> PerSample:
            return PerSample(f"{name} ≤ {density}", value, error, fingerprints)

        return cls(
            generalised=bound("L_generalised", likelihood - draws.divergence, error),
            mixture=bound("L_mixture", *mean_and_error(draws.log_weights)),
            importance_weighted=bound(f"L_{K}", *importance_bound(draws.log_weights, K)),
            K=K,
            repeats=len(draws.log_likelihood) // K,
        )

    @classmethod
    def combined(cls, mixtures: Sequence[Bounds]) -> Bounds:
        """Bounds over several mixtures of drawn subsets: their means, with the error between them."""
        first = mixtures[0]
        if len(mixtures) == 1:
            return first

        def mean(of: Callable[[Bounds], PerSample]) -> PerSample:
            value, error = mean_of_mixtures(torch.stack([of(bounds).value for bounds in mixtures]))
            return replace(of(first), value=value, standard_error=error)

        return cls(
            generalised=mean(lambda bounds: bounds.generalised),
            mixture=mean(lambda bounds: bounds.mixture),
            importance_weighted=mean(lambda bounds: bounds.importance_weighted),
            K=first.K,
            repeats=sum(bounds.repeats for bounds in mixtures),
        )

    def _all(self) -> list[PerSample]:
        return [self.generalised, self.mixture, self.importance_weighted]

    def __repr__(self) -> str:
        return "\n".join(repr(bound) for bound in self._all())

    def _repr_html_(self) -> str:
        means = [(bound.quantity, bound.mean()) for bound in self._all()]
        rows = [
            (name, f"{mean.value:.3f}", f"{mean.standard_error:.2g}", f"{mean.monte_carlo_error:.2g}")
            for name, mean in means
        ]
        title = f"Lower bounds in nats, {len(self.generalised)} samples, {self.K} × {self.repeats} draws"
        return html_table(title, ["bound", "mean", "error over samples", "Monte-Carlo error"], rows)
