"""What several families of models make of the same sample, subset and noise."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import combinations
from typing import Any

import numpy as np
import torch

from mopoe import MoPoE, MultimodalBaseDataset, NLLEstimate, Sample
from mopoe.evidence.pareto import has_arviz

from ...metrics import DigitClassifier
from ...metrics.readers import readers_of
from ...posteriors.generation import generate_from
from ...posteriors.planes import PlaneOfData, gaussians_of
from ...posteriors.posterior import Belief, mixture_belief, prior_belief, product_belief, trained_within
from ...posteriors.samples import present_modalities, take_sample
from .arrays import FamilyAnswer, FamilyNLL, FamilyView, Gap, NLLCurve
from .state import DRAWS, FamilyState

# Pictures decoded at a time, and draws of each sample at the least: more of them would leave the cache.
_CHUNK, _LEAST_CHUNK = 64, 16
# Likelihoods are slow to get and small to keep.
_MOST_KEPT = 64


class FamilyAnalysis:
    """Answers the questions that a :class:`~workbench.topics.families.state.FamilyState` asks.

    Args:
        models: family → one model a training run.
        dataset: the samples.
        classifiers: modality → network whose readings are part of the answer.

    Likelihoods, and what does not depend on the question, are computed once and kept.
    """

    def __init__(
        self,
        models: Mapping[str, Sequence[MoPoE]],
        dataset: MultimodalBaseDataset,
        classifiers: Mapping[str, DigitClassifier] | None = None,
    ) -> None:
        self.models, self.dataset = models, dataset
        self.classifiers = readers_of(next(iter(models.values()))[0], classifiers or {})
        self._planes: dict[tuple[str, int], PlaneOfData] = {}
        self._kept: OrderedDict[tuple[Any, ...], FamilyNLL] = OrderedDict()
        self._views: tuple[tuple[Any, ...], dict[str, FamilyView]] | None = None

    def answer(self, state: FamilyState, *, likelihoods: bool = True) -> FamilyAnswer:
        """Pictures and beliefs of every family and, if wanted, their likelihoods.

        Raises:
            RuntimeError: a model fails; the message names its family.
        """
        return FamilyAnswer(self.views(state), self.likelihoods(state) if likelihoods else None)

    def views(self, state: FamilyState) -> dict[str, FamilyView]:
        """Family → its pictures and beliefs; the same object until the question about them changes."""
        key = (state.sample, *state.shown, state.seed, state.n_draws, state.posterior, state.model_seed)
        if self._views is None or self._views[0] != key:
            views = {}
            for family, runs in self.models.items():
                with _naming(family):
                    views[family] = self._view(family, runs[state.model_seed], state)
            self._views = (key, views)
        return self._views[1]

    def model_of(self, state: FamilyState) -> MoPoE:
        """The first family's model: what of data is there, and how they are drawn, all families agree on."""
        return next(iter(self.models.values()))[state.model_seed]

    def item(self, state: FamilyState) -> Sample:
        """The sample that is asked about."""
        return take_sample(self.model_of(state), self.dataset, state.sample)

    def knows(self, state: FamilyState) -> bool:
        """Whether the likelihoods are there already, so that they cost no time."""
        return self._key(state) in self._kept

    def likelihoods(self, state: FamilyState) -> FamilyNLL:
        """NLL of every family for all numbers of draws, from the same draws: K itself does not matter.

        Raises:
            RuntimeError: a model fails, or the images do not have what is needed; the message says which.
        """
        key = self._key(state)
        if key not in self._kept:
            self._kept[key] = self._estimate(state)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def forget(self) -> None:
        """Drop what was kept: a model or the data have changed."""
        self._planes.clear()
        self._kept.clear()
        self._views = None

    @torch.no_grad()
    def _view(self, family: str, model: MoPoE, state: FamilyState) -> FamilyView:
        item = take_sample(model, self.dataset, state.sample)
        present = present_modalities(item)
        shown = [name for name in state.shown if name in present]
        with model.evaluating():
            belief, names = _belief(model, item, shown, state.posterior)
            draws = belief.draws(state.n_draws, state.seed)
            key = (family, state.model_seed)
            if key not in self._planes:
                self._planes[key] = PlaneOfData(model, self.dataset)
            plane = self._planes[key]
            experts = [
                plane.gaussian(name, "expert", expert.embedding[0], expert.log_covariance[0])
                for name, expert in model.modality_encode(item).items()
                if name in shown
            ]
            return FamilyView(
                generate_from(model, item, shown, belief, draws, self.classifiers),
                plane.show([*experts, *gaussians_of(plane, belief, names)], draws),
            )

    def _question(self, state: FamilyState) -> tuple[list[str], list[str]]:
        """What is explained, and what is given."""
        several = state.n_images > 1
        present = self.dataset.modalities if several else present_modalities(self.item(state))
        # In the model's order, for there may be other orders of the same names.
        names = [name for name in state.modalities if name in present]
        if state.target == "all":
            return names, []
        given = [name for name in names if name in state.shown]
        return [name for name in names if name not in given], given

    def _key(self, state: FamilyState) -> tuple[Any, ...]:
        target, given = self._question(state)
        first = state.sample if state.n_images == 1 else 0
        return (*target, "|", *given, first, state.n_images, state.proposal, state.seed, state.model_seed)

    def _estimate(self, state: FamilyState) -> FamilyNLL:
        target, given = self._question(state)
        if not target:
            return FamilyNLL("", 0, {}, {})
        first = state.sample if state.n_images == 1 else 0
        images = self.dataset[first : first + state.n_images]
        # One stream for all families: their draws are independent, as errors of differences take them to be.
        generator, found = torch.Generator().manual_seed(state.seed), {}
        for family, runs in self.models.items():
            model = runs[state.model_seed]
            with _naming(family):
                found[family] = model.estimate_nll(
                    images.to(model.device),
                    target,
                    given or None,
                    K=DRAWS[-1],
                    proposal=state.proposal,
                    chunk=max(_CHUNK // len(images), _LEAST_CHUNK),
                    generator=_on(model.device, generator),
                )
        return FamilyNLL(
            quantity=next(iter(found.values())).quantity,
            images=len(images),
            curves={family: _curve(estimate) for family, estimate in found.items()},
            gaps={K: _gaps(found, K) for K in DRAWS},
            observed=str(next(iter(found.values())).observed or ""),
        )


@contextmanager
def _naming(family: str) -> Iterator[None]:
    """Of several models, say which one failed."""
    try:
        yield
    except Exception as error:
        raise RuntimeError(f"{family}: {type(error).__name__}: {error}") from error


def _belief(model: MoPoE, item: Sample, shown: list[str], posterior: str) -> tuple[Belief, list[str]]:
    """The belief, and a name for each of its components."""
    if not shown:
        return prior_belief(model, item), ["prior"]
    if posterior == "product":
        return product_belief(model, item, shown), ["posterior"]
    mixture = mixture_belief(model, item, shown)
    names = [" + ".join(subset) for subset in trained_within(model, shown)]
    return mixture, ["posterior"] if len(names) == 1 else names


def _on(device: torch.device, generator: torch.Generator) -> torch.Generator:
    """The stream itself on the CPU; elsewhere one of its own that follows from it."""
    if device.type == "cpu":
        return generator
    number = int(torch.randint(2**31, (), generator=generator))
    return torch.Generator(device).manual_seed(number)


def _curve(found: NLLEstimate) -> NLLCurve:
    fewer = [found.fewer_draws(K) for K in DRAWS]
    means = [one.mean() for one in fewer]
    counts = [one.reliability.effective.median() for one in fewer if one.reliability]
    return NLLCurve(
        draws=list(DRAWS),
        values=np.array([mean.value for mean in means]),
        errors=np.array([mean.monte_carlo_error for mean in means]),
        count=np.array([float(count) for count in counts]),
        tail=float(found.pareto_k.median()) if has_arviz() else float("nan"),
    )


def _gaps(found: Mapping[str, NLLEstimate], K: int) -> list[Gap]:
    gaps = []
    for second, first in combinations(found, 2):
        gaps.append(Gap(first, second, (found[first].fewer_draws(K) - found[second].fewer_draws(K)).mean()))
    return gaps
