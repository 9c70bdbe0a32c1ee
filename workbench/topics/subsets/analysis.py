"""What a model makes of one sample from a subset of its modalities, and of all other subsets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from mopoe import ModelOutput, MoPoE, MultimodalBaseDataset, Sample
from mopoe.fusion.gaussians import precision_shares
from mopoe.fusion.prior_expert import prior_expert_joins

from ...metrics import DigitClassifier
from ...metrics.readers import readers_of
from ...posteriors.arrays import Shares
from ...posteriors.generation import generate_from
from ...posteriors.planes import PlaneOfData, gaussians_of
from ...posteriors.posterior import (
    Belief,
    _components_within,
    component_belief,
    mean_of_draws,
    mixture_belief,
    prior_belief,
    product_belief,
    trained_within,
)
from ...posteriors.samples import present_modalities, swapped, take_sample, to_numpy
from ...posteriors.versions import WeightsWatch
from .arrays import ElboTerms, Lattice, SubsetAnswer
from .lattice import make_lattice
from .state import SubsetState

# Draws behind every number with an error bar, however many pictures are shown.
N_FOR_NUMBERS = 64


class SubsetAnalysis:
    """Answers the questions that a :class:`~workbench.topics.subsets.state.SubsetState` asks.

    Args:
        model: any model.
        dataset: the samples.
        classifiers: modality → network whose readings are part of the answer.

    What does not depend on the question is computed once and kept.
    """

    def __init__(
        self,
        model: MoPoE,
        dataset: MultimodalBaseDataset,
        classifiers: Mapping[str, DigitClassifier] | None = None,
    ) -> None:
        self.model, self.dataset = model, dataset
        self.classifiers = readers_of(model, classifiers or {})
        self._planes: dict[str, PlaneOfData] = {}
        self._lattice: tuple[tuple[Any, ...], Lattice] | None = None
        self._weights = WeightsWatch(model)

    def item(self, state: SubsetState) -> Sample:
        """The sample that is asked about, with a modality swapped if one is.

        Raises:
            ValueError: one of the two samples lacks the modality that is swapped.
        """
        item = take_sample(self.model, self.dataset, state.sample)
        if not state.swap:
            return item
        other = take_sample(self.model, self.dataset, state.swap_sample)
        return swapped(item, other, state.swap, state.swap_sample)

    @torch.no_grad()
    def answer(self, state: SubsetState) -> SubsetAnswer:
        """Pictures, posteriors and ELBO terms for the modalities that are shown.

        What is shown but missing from the sample counts as not shown.
        """
        model = self._under(state.prior_expert)
        item = self.item(state)
        present = present_modalities(item)
        shown = [name for name in state.shown if name in present]
        with model.evaluating():
            experts = model.modality_encode(item)
            belief, names, component = self._belief(model, item, shown, state)
            draws = belief.draws(state.n_draws if state.draw == "samples" else 0, state.seed)
            return SubsetAnswer(
                generation=generate_from(model, item, shown, belief, draws, self.classifiers),
                plane=self._plane(model, item, experts, shown, belief, names, draws, state.prior_expert),
                shares=_shares(
                    model, experts, component or shown, whole=self._is_whole(model, shown, component)
                ),
                terms=elbo_terms(model, item, belief, state.seed),
                component=component,
            )

    @torch.no_grad()
    def lattice(self, state: SubsetState) -> Lattice:
        """The chosen quantity for all subsets; kept until it changes."""
        model = self._under(state.prior_expert)
        key = (state.quantity, state.prior_expert, state.sample, state.swap, state.swap_sample, state.seed)
        if self._lattice is None or self._lattice[0] != key:
            with model.evaluating():
                lattice = make_lattice(model, self.item(state), state.quantity, state.seed, self.classifiers)
            self._lattice = (key, lattice)
        return self._lattice[1]

    def forget(self) -> None:
        """Drop what was kept: the model or the data have changed."""
        self._planes, self._lattice = {}, None

    def _under(self, prior_expert: str) -> MoPoE:
        """The model under another policy; what was kept of older weights is dropped."""
        if self._weights.changed():
            self.forget()
        if prior_expert == self.model.model_config.prior_expert:
            return self.model
        return self.model.sharing_networks(prior_expert=prior_expert)

    def _belief(
        self, model: MoPoE, item: Sample, shown: list[str], state: SubsetState
    ) -> tuple[Belief, list[str], tuple[str, ...] | None]:
        """The belief, a name for each of its components, and the component that was drawn."""
        if not shown:
            return prior_belief(model, item), ["prior"], None
        if state.posterior == "product":
            return product_belief(model, item, shown), ["posterior"], None
        mixture = mixture_belief(model, item, shown)
        subsets = trained_within(model, shown)
        if state.posterior == "mixture":
            return mixture, [" + ".join(subset) for subset in subsets], None
        component, number = component_belief(mixture, state.seed)
        return component, ["posterior"], subsets[number]

    def _is_whole(self, model: MoPoE, shown: list[str], component: tuple[str, ...] | None) -> bool:
        """Whether the product that is shown stands for the full subset."""
        whole = tuple(model.modalities)
        if component is None:
            return set(shown) == set(whole)
        return (component, whole) in _components_within(model, shown)

    def _plane(
        self,
        model: MoPoE,
        item: Sample,
        experts: dict[str, ModelOutput],
        shown: list[str],
        belief: Belief,
        names: list[str],
        draws: dict[str, Any],
        policy: str,
    ) -> Any:
        if policy not in self._planes:
            self._planes[policy] = PlaneOfData(model, self.dataset)
        plane = self._planes[policy]
        gaussians = []
        present = present_modalities(item)
        if len(present) > 1 and len(shown) < len(present):
            full = product_belief(model, item, present)
            gaussians.append(plane.gaussian("all", "full", full.mus[0], full.logvars[0]))
        for name, expert in experts.items():
            if name in shown:
                gaussians.append(
                    plane.gaussian(name, "expert", expert.embedding[0], expert.log_covariance[0])
                )
        return plane.show([*gaussians, *gaussians_of(plane, belief, names)], draws)


def elbo_terms(model: MoPoE, item: Sample, belief: Belief, seed: int, n: int = N_FOR_NUMBERS) -> ElboTerms:
    """Reconstruction terms and divergences of one belief about one sample, over ``n`` draws."""
    draws = belief.draws(n, seed)
    # One sample, n draws: (n, 1, D).
    embedding = {
        "z": draws["z"][:, None],
        "modalities_z": {m: w[:, None] for m, w in draws["modalities_z"].items()},
    }
    present = present_modalities(item)
    explained = {m: lp[:, 0] for m, lp in model.log_likelihood(item, embedding, present).items()}
    for name, values in explained.items():
        if not bool(torch.isfinite(values).all()):
            raise ValueError(f"ln p({name} | z): expected finite numbers, got NaN or infinity")
    private = belief.private_divergence()
    # Draw by draw: likelihood and divergence come from the same draws, and their errors are not independent.
    bound = torch.stack(list(explained.values())).sum(0) + belief.log_ratio(draws["z"])
    elbo = mean_of_draws(bound - (private.value if private else 0.0))
    return ElboTerms(
        reconstruction={m: mean_of_draws(-lp) for m, lp in explained.items()},
        divergence=belief.divergence(draws["z"]),
        private_divergence=private,
        elbo=elbo,
    )


def _shares(
    model: MoPoE, experts: dict[str, ModelOutput], members: Sequence[str], whole: bool
) -> Shares | None:
    """Shares in the product of ``members``; ``whole`` if it stands for the full subset."""
    if not members:
        return None
    joins = prior_expert_joins(model.model_config.prior_expert, whole)
    logvars = torch.stack([experts[name].log_covariance[0] for name in members])
    return Shares(
        [*members, "prior"] if joins else list(members),
        to_numpy(precision_shares(logvars, prior_expert=joins)),
    )
