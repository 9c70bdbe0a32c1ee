"""What a model in training believes and generates at this moment."""

from __future__ import annotations

import torch

from mopoe import MoPoE, MultimodalBaseDataset

from ...posteriors.arrays import PlaneGaussian
from ...posteriors.generation import generate_from
from ...posteriors.planes import PlaneOfData, gaussians_of
from ...posteriors.posterior import prior_belief, product_belief
from ...posteriors.samples import present_modalities, take_sample, to_numpy
from .arrays import LatentMap, TrainingMoment
from .state import TrainingState
from .trainer import LiveTraining

#: Samples whose posteriors are watched beside the chosen one, and edge of the map.
N_WATCHED, EDGE, HALF = 8, 9, 2.0
N_DRAWS = 3


@torch.no_grad()
def look_at(training: LiveTraining, state: TrainingState) -> TrainingMoment:
    """The moment's arrays; the training goes on afterwards as if nobody had looked."""
    model, dataset = training.under(state.settings_at(training.done)), training.data.test
    item = take_sample(model, dataset, state.sample)
    shown = [name for name in state.shown if name in present_modalities(item)]
    with model.evaluating():
        belief = product_belief(model, item, shown) if shown else prior_belief(model, item)
        draws = belief.draws(N_DRAWS, state.seed)
        plane = PlaneOfData(model, dataset)
        watched, spread = _watched(model, dataset, plane)
        experts = [
            plane.gaussian(name, "expert", expert.embedding[0], expert.log_covariance[0])
            for name, expert in model.modality_encode(item).items()
            if name in shown
        ]
        own = gaussians_of(plane, belief, ["posterior" if shown else "prior"])
        return TrainingMoment(
            step=training.done,
            history=training.history(),
            plane=plane.show([*watched, *experts, *own], draws),
            generation=generate_from(model, item, shown, belief, draws),
            map=latent_map(model, state.pictured),
            spread=spread,
            divergence=belief.divergence(draws["z"]).value,
        )


def latent_map(model: MoPoE, name: str) -> LatentMap:
    """Pictures of one modality over a square of the two-dimensional latent space, in its orientation."""
    along = torch.linspace(-HALF, HALF, EDGE)
    up, right = torch.meshgrid(along.flip(0), along, indexing="ij")
    pictures = model.decode(torch.stack([right, up], -1), name)[name]
    return LatentMap(name, to_numpy(pictures), HALF)


def _watched(
    model: MoPoE, dataset: MultimodalBaseDataset, plane: PlaneOfData
) -> tuple[list[PlaneGaussian], float]:
    """Posteriors of some samples, evenly spaced, from all they have; and their mean standard deviation."""
    chosen = torch.linspace(0, len(dataset) - 1, min(N_WATCHED, len(dataset))).long()
    beliefs = []
    for i in chosen.tolist():
        item = take_sample(model, dataset, i)
        beliefs.append(product_belief(model, item, present_modalities(item)))
    gaussians = [
        plane.gaussian(f"sample {i}", "watched", belief.mus[0], belief.logvars[0])
        for i, belief in zip(chosen.tolist(), beliefs, strict=True)
    ]
    spread = torch.cat([belief.logvars for belief in beliefs]).mul(0.5).exp().mean()
    return gaussians, float(spread)
