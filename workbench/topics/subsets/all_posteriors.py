"""Beliefs of all subsets about many samples: how far, how far apart, who decides, and what is imagined."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import torch
from torch import Tensor
from torch.distributions import kl_divergence

from mopoe import MoPoE, MultimodalBaseDataset, kl_to_standard_normal
from mopoe.fusion.gaussians import as_distribution, draw, precision_shares
from mopoe.fusion.prior_expert import prior_expert_joins

from ...datasets.checks import require_complete
from ...metrics.readers import Reader, read_labels, readers_of
from ...posteriors.samples import to_numpy
from .arrays import Subset, SubsetBeliefs


@torch.no_grad()
def subset_beliefs(
    model: MoPoE,
    dataset: MultimodalBaseDataset,
    readers: Mapping[str, Reader],
    *,
    n_draws: int = 4,
    seed: int = 0,
) -> SubsetBeliefs:
    """The product of experts of every subset, about every sample.

    Args:
        model: of one shared latent space; any family.
        dataset: complete, labelled data that no one was trained on.
        readers: view → what reads the label in it.
        n_draws: draws a subset and sample.
        seed: of the draws, the same noise for all subsets.

    Raises:
        ValueError: no labels, missing entries, private latents, or an unknown view.
    """
    labels = read_labels(dataset, "dataset").to(model.device)
    _check(model, dataset, readers)
    readers = readers_of(model, readers)
    # By number: names of subsets that are made of modalities' names can be alike.
    numbered = {str(i): list(subset) for i, subset in enumerate(model.all_subsets())}
    everything = model.sharing_networks(subsets=numbered)
    with model.evaluating():
        found = everything.inference(dataset[:].to(model.device))
        mus, logvars = found["mus"], found["logvars"]
        subsets = list(everything.subsets.values())
        alone = {subset[0]: i for i, subset in enumerate(subsets) if len(subset) == 1}
        read = {name: _read(model, reader, name, mus) for name, reader in readers.items()}
        right = _right(model, mus, logvars, labels, readers, n_draws, seed)
    beliefs = as_distribution(mus, logvars)
    return SubsetBeliefs(
        modalities=model.modalities,
        subsets=subsets,
        kl=to_numpy(kl_to_standard_normal(mus, logvars)),
        distance=to_numpy(kl_divergence(as_distribution(mus[-1:], logvars[-1:]), beliefs)),
        shares={subset: _shares(model, logvars, alone, subset) for subset in subsets},
        read={name: found.cpu().numpy() for name, found in read.items()},
        right={name: to_numpy(hits) for name, hits in right.items()},
        disagreement={
            (a, b): to_numpy(disagreement(mus, logvars, alone[a], alone[b]))
            for a, b in combinations(model.modalities, 2)
        },
    )


def disagreement(mus: Tensor, logvars: Tensor, a: int, b: int) -> Tensor:
    """Half of KL(q_a ‖ q_b) + KL(q_b ‖ q_a) in nats, (B,), of rows a and b of (S, B, D)."""
    one, other = (as_distribution(mus[i], logvars[i]) for i in (a, b))
    return (kl_divergence(one, other) + kl_divergence(other, one)) / 2


def _read(model: MoPoE, reader: Reader, name: str, z: Tensor) -> Tensor:
    """What is read in a view decoded from z, (S, B, D) → (S, B)."""
    return torch.stack([reader.classify(model.decode(part, name)[name]) for part in z])


def _right(
    model: MoPoE,
    mus: Tensor,
    logvars: Tensor,
    labels: Tensor,
    readers: Mapping[str, Reader],
    n_draws: int,
    seed: int,
) -> dict[str, Tensor]:
    """View → share of the draws that are read as the label, (S, B)."""
    generator = torch.Generator(mus.device).manual_seed(seed)
    hits = {name: torch.zeros(mus.shape[:2], device=mus.device) for name in readers}
    for _ in range(n_draws):
        noise = draw(torch.zeros_like(mus[0]), torch.zeros_like(mus[0]), generator=generator)
        z = mus + torch.exp(0.5 * logvars) * noise
        for name, reader in readers.items():
            hits[name] += _read(model, reader, name, z).eq(labels) / n_draws
    return hits


def _shares(model: MoPoE, logvars: Tensor, alone: Mapping[str, int], subset: Subset) -> dict[str, float]:
    full = len(subset) == len(model.modalities)
    joins = prior_expert_joins(model.model_config.prior_expert, full)
    members = logvars[[alone[name] for name in subset]]
    shares = precision_shares(members, prior_expert=joins).mean((1, 2)).tolist()
    return dict(zip([*subset, "prior"] if joins else subset, shares, strict=True))


def _check(model: MoPoE, dataset: MultimodalBaseDataset, readers: Mapping[str, Reader]) -> None:
    if model.multiple_latent_spaces:
        raise ValueError("model: expected one shared latent space, got private ones too")
    require_complete(dataset)
    unknown = [name for name in readers if name not in model.modalities]
    if unknown or not readers:
        raise ValueError(f"readers: expected some of {model.modalities}, got {list(readers)}")
