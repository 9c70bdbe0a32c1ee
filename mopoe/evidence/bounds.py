"""The generalised ELBO and the tighter bounds above it, from one set of draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..display import html_table
from .importance import ImportanceDraws, importance_bound, mean_and_error, mean_of_mixtures
from .observed import Observed
from .reliability import Reliability
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
        importance_weighted: L_K. Where fewer than ten of all the draws are effective it says so: then it may be far
            below ln p, and its error cannot be believed.
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
        mixtures: Sequence[ImportanceDraws],
        K: int,
        density: str,
        fingerprints: Mapping[str, Tensor],
        observed: Observed | None = None,
    ) -> Bounds:
        """The bounds that draws from one mixture make, or from several of drawn subsets.

        Args:
            mixtures: of each, draws (K · repeats, B), equally many, with the divergence
                Σ_S w_S KL(q_S ‖ p) + Σ_m KL(q(w_m) ‖ p). Of several, the errors are those between them.
            K: of L_K.
            density: what is bounded, in symbols.
            fingerprints: as in :class:`PerSample`.
            observed: likewise.
        """
        log_weights = torch.cat([draws.log_weights for draws in mixtures])

        def bound(name: str, of: Callable[[ImportanceDraws], tuple[Tensor, Tensor]]) -> PerSample:
            value, error = of(mixtures[0])
            if len(mixtures) > 1:
                value, error = mean_of_mixtures(torch.stack([of(draws)[0] for draws in mixtures]))
            return PerSample(f"{name} ≤ {density}", value, error, fingerprints, observed=observed)

        return cls(
            generalised=bound("L_generalised", _generalised),
            mixture=bound("L_mixture", lambda draws: mean_and_error(draws.log_weights)),
            importance_weighted=replace(
                bound(f"L_{K}", lambda draws: importance_bound(draws.log_weights, K)),
                reliability=Reliability.of_bound(log_weights),
            ),
            K=K,
            repeats=len(log_weights) // K,
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
        missing, doubt = str(self.generalised.observed or ""), self.importance_weighted.diagnosis
        title += f"; {missing}" if missing else ""
        title += f"; L_{self.K} is {doubt}" if doubt else ""
        return html_table(title, ["bound", "mean", "error over samples", "Monte-Carlo error"], rows)


def _generalised(draws: ImportanceDraws) -> tuple[Tensor, Tensor]:
    likelihood, error = mean_and_error(draws.log_likelihood)
    return likelihood - draws.divergence, error
