"""The result of estimating a likelihood: the value of each sample, and what there is to know about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from ..checks import check_count
from .importance import importance_bound, log_mean_and_error
from .observed import Observed
from .pareto import pareto_k
from .reliability import LARGEST_K, Reliability
from .results import PerSample


@dataclass(frozen=True, eq=False, repr=False)
class NLLEstimate(PerSample):
    """−ln p of each sample in nats, by importance sampling.

    The mean of the weights has no bias, so its logarithm is too small and ``nll`` too large, by about
    ``standard_error``² / 2: an upper bound on average. Of a conditional density this holds for both of the
    estimates that it is the difference of, and their biases cancel in part.

    Attributes:
        log_weights: density → ln w of its K draws, (K, B) float64: one density for ln p(x_A), two for
            ln p(x_A|x_B) = ln p(x_A, x_B) − ln p(x_B), each with draws of its own.
        K: draws a sample (and density).
        proposal: where they came from.
        likelihoods: modality → its likelihood and scale: numbers of other likelihoods do not compare.
        mixtures: how many mixtures of drawn subsets the draws came from: several where subsets are sampled.
        reliability: effective draws and k̂ by sample.
    """

    log_weights: Mapping[str, Tensor]
    K: int
    proposal: str
    likelihoods: Mapping[str, str]
    mixtures: int = 1
    reliability: Reliability = field(kw_only=True)

    @classmethod
    def of_weights(
        cls,
        quantity: str,
        log_weights: Mapping[str, Tensor],
        proposal: str,
        likelihoods: Mapping[str, str],
        fingerprints: Mapping[str, Tensor],
        mixtures: int = 1,
        observed: Observed | None = None,
    ) -> NLLEstimate:
        """The estimate that these weights make; arguments as the attributes."""
        value, error = _negative_log(log_weights, lambda weights: log_mean_and_error(weights, mixtures))
        draws = len(next(iter(log_weights.values())))
        return cls(
            quantity,
            value,
            error,
            fingerprints,
            log_weights,
            draws,
            proposal,
            likelihoods,
            mixtures,
            reliability=Reliability.of_weights(log_weights, draws),
            observed=observed,
        )

    @property
    def nll(self) -> Tensor:
        """−ln p of each sample, (B,)."""
        return self.value

    @property
    def effective_sample_size(self) -> Tensor:
        """(Σw)² / Σw² by sample, (B,), between 1 and K; of two densities the smaller one."""
        return self.reliability.effective

    @cached_property
    def pareto_k(self) -> Tensor:
        """Pareto k̂ of the weights by sample, (B,); of two densities the larger one. See :mod:`mopoe.evidence.pareto`.

        Raises:
            ModuleNotFoundError: ArviZ is not installed.
        """
        known = self.reliability.tail
        if known is not None:
            return known
        return torch.stack([pareto_k(w) for w in self.log_weights.values()]).amax(0)

    def fewer_draws(self, K: int) -> PerSample:
        """−ln p as K of these draws would have given it on average: how far the number depends on K.

        Its effective draws are those of K; k̂ is that of all.
        Where subsets are sampled, the error is given those that were drawn.

        Raises:
            TypeError, ValueError: K is no divisor of the number of draws.
        """
        check_count(K, "K")
        value, error = _negative_log(self.log_weights, lambda weights: importance_bound(weights, K))
        reliability = Reliability.of_weights(self.log_weights, K, of_all=self.reliability)
        return PerSample(
            self.quantity, value, error, self.fingerprints, reliability=reliability, observed=self.observed
        )

    def __sub__(self, other: PerSample) -> PerSample:
        """The paired difference; see :meth:`PerSample.__sub__`. Both must take the same likelihoods."""
        if isinstance(other, NLLEstimate) and other.quantity == self.quantity:
            self._require_the_likelihoods_of(other)
        return super().__sub__(other)

    def _require_the_likelihoods_of(self, other: NLLEstimate) -> None:
        if other.likelihoods != self.likelihoods:
            raise ValueError(
                "difference: expected the same likelihoods, whose numbers alone compare, "
                f"got {dict(self.likelihoods)} and {dict(other.likelihoods)}"
            )

    def _rows(self) -> list[tuple[str, str]]:
        sizes = self.effective_sample_size
        rows = [
            *super()._rows(),
            ("draws K", str(self.K)),
            ("proposal", self.proposal),
            ("effective sample size", f"median {float(sizes.median()):.0f}, least {float(sizes.min()):.1f}"),
        ]
        if len(self.log_weights) == 1:
            bias = float(self.standard_error.square().mean()) / 2
            rows.append(("bias of the logarithm, about", f"+{bias:.2g} nats"))
        tail = self.reliability.tail
        if tail is not None:
            heavy = int((tail > LARGEST_K).sum())
            rows.append((f"Pareto k̂ above {LARGEST_K}", f"{heavy} of {len(self)} samples"))
        rows.append(("judged by", self.reliability.judged_by))
        kinds: dict[str, list[str]] = {}
        for name, kind in self.likelihoods.items():
            kinds.setdefault(kind, []).append(name)
        rows += [(f"likelihood of {', '.join(names)}", kind) for kind, names in kinds.items()]
        return rows


def _negative_log(
    log_weights: Mapping[str, Tensor], estimate: Callable[[Tensor], tuple[Tensor, Tensor]]
) -> tuple[Tensor, Tensor]:
    """−ln p and its error, (B,) each: of the first density, less that of a second one if there is one."""
    (value, error), *given = [estimate(weights) for weights in log_weights.values()]
    for other, its_error in given:
        value, error = value - other, torch.hypot(error, its_error)
    return -value, error
