"""What MultiVae's MoPoE offers under names of its own, for those who arrive with its documentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ..checks import check_count, first_indices
from ..evidence.estimate import disjoint_modalities
from ..evidence.nll import NLLEstimate
from ..fusion.gaussians import kl_to_standard_normal
from ..fusion.selection import select_components, take_components
from ..output import ModelOutput
from .calls import warn_of_doubt


class MultiVaeNames:
    """Methods of :class:`mopoe.MoPoE` that are called as in MultiVae."""

    modalities: list[str]
    estimate_nll: Callable[..., NLLEstimate]

    def compute_joint_nll(
        self, inputs: object, K: int = 1000, batch_size_K: int = 100, generator: torch.Generator | None = None
    ) -> Tensor:
        """−ln p(x) in nats, summed over the batch, with the mixture as the proposal.

        With missing modalities it is −ln p of what was observed. See :meth:`estimate_nll`, whose result can say that
        it must not be believed; a tensor cannot: too few effective draws of 25 or more are told by a warning.
        """
        found = self._joint_nll(inputs, K, "mixture", batch_size_K, generator)
        warn_of_doubt(found, "compute_joint_nll")
        return found.nll.sum()

    def compute_joint_nll_paper(
        self, inputs: object, K: int = 1000, batch_size_K: int = 100, generator: torch.Generator | None = None
    ) -> Tensor:
        """The same quantity with the product over all observed modalities as the proposal, as in the paper."""
        found = self._joint_nll(inputs, K, "product", batch_size_K, generator)
        warn_of_doubt(found, "compute_joint_nll_paper")
        return found.nll.sum()

    def compute_cond_nll(
        self,
        inputs: object,
        subset: str | Sequence[str],
        pred_mods: str | Sequence[str],
        K: int = 1000,
        batch_size_K: int = 100,
        generator: torch.Generator | None = None,
    ) -> ModelOutput:
        """Modality of ``pred_mods`` → −ln p(x_m | x_subset) in nats, averaged over the batch, as in MultiVae.

        See :meth:`estimate_nll`, also for a set of modalities together and for errors by sample.
        """
        check_count(batch_size_K, "batch_size_K")
        names, conditions = disjoint_modalities(self.modalities, pred_mods, subset, "pred_mods", "subset")
        found = {
            name: self.estimate_nll(inputs, name, conditions, K, "mixture", batch_size_K, generator)
            for name in names
        }
        for estimate in found.values():
            warn_of_doubt(estimate, "compute_cond_nll")
        return ModelOutput({name: estimate.nll.mean() for name, estimate in found.items()})

    def _joint_nll(
        self, inputs: object, K: int, proposal: str, chunk: int, generator: torch.Generator | None
    ) -> NLLEstimate:
        check_count(chunk, "batch_size_K")
        return self.estimate_nll(inputs, "all", None, K, proposal, chunk, generator)

    def calc_joint_divergence(self, mus: Tensor, logvars: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Σ_s w_s KL(q_s ‖ p) in nats: the mean over the batch, and each expert's KL, (S, B).

        Args:
            mus: (S, B, D).
            logvars: (S, B, D), ln σ².
            weights: (S, B), or (S,) for all samples alike.

        Raises:
            ValueError: shapes that do not fit.
        """
        fit = mus.ndim == 3 and mus.shape == logvars.shape and weights.shape in (mus.shape[:1], mus.shape[:2])
        if not fit:
            raise ValueError(
                "joint divergence: expected mus and logvars (S, B, D) and weights (S, B) or (S,), "
                f"got {tuple(mus.shape)}, {tuple(logvars.shape)} and {tuple(weights.shape)}"
            )
        divergences = kl_to_standard_normal(mus, logvars)
        weights = weights[:, None] if weights.ndim == 1 else weights
        return (weights * divergences).sum(0).mean(), divergences

    def random_mixture_component_selection(
        self, mus: Tensor, logvars: Tensor, availabilities: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """One component a sample among those available to it, (B, D) mean and ln σ²; see ``select_components``.

        Args:
            mus: (S, B, D).
            logvars: (S, B, D).
            availabilities: (S, B), boolean or weights.
            generator: source of the choice.

        Raises:
            ValueError: shapes that do not fit, a negative weight, or a sample without an available component.
        """
        if mus.shape != logvars.shape or availabilities.shape != mus.shape[:2]:
            raise ValueError(
                "component selection: expected mus and logvars (S, B, D) and weights (S, B), "
                f"got {tuple(mus.shape)}, {tuple(logvars.shape)} and {tuple(availabilities.shape)}"
            )
        unusable = (availabilities < 0).any(0) | ~(availabilities.sum(0) > 0)
        if bool(unusable.any()):
            raise ValueError(
                "component selection: expected weights >= 0 with a positive one in every column, "
                f"got others for samples {first_indices(unusable)}"
            )
        components = select_components(availabilities.to(mus.dtype), generator)
        return take_components(mus, components), take_components(logvars, components)

    def deterministic_mixture_component_selection(
        self, mus: Tensor, logvars: Tensor, w_modalities: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """The same with one set of weights (S,) for all samples: proportions match them to within one sample."""
        if w_modalities.ndim != 1:
            raise ValueError(f"w_modalities: expected shape (S,), got {tuple(w_modalities.shape)}")
        weights = w_modalities.to(mus.dtype)[:, None].expand(-1, mus.shape[1])
        return self.random_mixture_component_selection(mus, logvars, weights, generator)
