"""What training on subsets costs: gaps to ln p(x), widths of what is generated, quality against coherence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mopoe import Summary


@dataclass(frozen=True)
class FamilyGap:
    """How far below ln p(x) the bounds of one family stay, in nats; errors are over samples.

    Attributes:
        generalised: of the generalised ELBO, the objective.
        mixture: of the mixture ELBO, same draws.
        importance_weighted: of the importance-weighted bound with ``K`` draws.
        K: number of those draws.
        floor: what the best of all encoders would leave of ``generalised``, exact.
    """

    generalised: Summary
    mixture: Summary
    importance_weighted: Summary
    K: int
    floor: float


@dataclass(frozen=True)
class UnseenViews:
    """What it costs to explain the views that a subset does not see, as a mean over the subsets, in nats.

    Attributes:
        measured: E −ln p(x_∖S|z) with z drawn from q_S; its error is over samples.
        entropy: Σ_S H(X_∖S|X_S) / |𝒮|, which no encoder and no decoder can undercut; on the same samples.
    """

    measured: Summary
    entropy: float


@dataclass(frozen=True)
class DecodedWorld:
    """What a model became that began at the truth and was trained as a whole.

    Attributes:
        private_variance: variance that it generates in what only one modality shows, one number a modality.
        true_variance: that of the data.
        seen_share: ω, the share of its subsets that hold a modality.
        predicted_variance: by algebra, for the best of all encoders.
        lost: mean ln p(x) of the truth less that of the model, both exact, in nats; its error is over samples.
    """

    private_variance: list[float]
    true_variance: float
    seen_share: float
    predicted_variance: float
    lost: Summary


@dataclass(frozen=True)
class QualityCoherence:
    """One trained model of images.

    Attributes:
        nll: −ln p(x) per image tuple in nats, mean over test data.
        own_view: −ln p(x_m|z) with z from all views, in nats, mean over modalities: how well it reconstructs.
        coherence: share of views imagined from one other view that show the right digit.
        detail: mean variance over pixels of several draws from the prior, as a share of the data's.
        doubt: why ``nll`` must not be believed; empty if nothing speaks against it.
    """

    nll: float
    own_view: float
    coherence: float
    detail: float
    doubt: str = ""
