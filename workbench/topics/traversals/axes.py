"""The axes of a latent space, ordered by how much a data set uses them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from mopoe import MoPoE, MultimodalBaseDataset, kl_to_standard_normal

from ...posteriors.posterior import Gaussian
from ...posteriors.samples import to_numpy
from .arrays import LatentAxes
from .state import PRIVATE, SHARED


def axes_of(
    model: MoPoE, dataset: MultimodalBaseDataset, space: str, basis: str, most: int = 400
) -> LatentAxes:
    """Latent dimensions by their KL from the prior, or principal directions of the posterior means by spread.

    Args:
        model: encodes the data, each sample by all modalities that it has.
        dataset: at most ``most`` samples of it are used, evenly spaced.
        space: "shared" or "private:" and a modality.
        basis: "dimensions" or "principal".
        most: how many samples.
    """
    mus, logvars = posteriors_of_data(model, dataset, space, most)
    mus, logvars = mus.double().cpu(), logvars.double().cpu()
    if basis == "principal":
        _, _, directions = torch.linalg.svd(mus - mus.mean(0), full_matrices=True)
        directions = _pointing_up(directions)
        nats = divergence_along(directions, mus, logvars)
        numbers = [str(i + 1) for i in range(len(directions))]
        names, order = [f"direction {number}" for number in numbers], "the spread of the means"
    else:
        directions = torch.eye(mus.shape[1], dtype=torch.float64)
        nats = divergence_along(directions, mus, logvars)
        ranks = nats.argsort(descending=True, stable=True)
        directions, nats = directions[ranks], nats[ranks]
        numbers = [str(int(rank)) for rank in ranks]
        names, order = [f"dim {number}" for number in numbers], "their KL"
    return LatentAxes(names, numbers, to_numpy(directions), to_numpy(nats), order)


def divergence_along(directions: Tensor, mus: Tensor, logvars: Tensor) -> Tensor:
    """Mean KL from the prior of the posteriors' marginals along unit directions, (n, D) → (n,), in nats."""
    means = mus @ directions.T
    variances = logvars.exp() @ directions.square().T
    return kl_to_standard_normal(means[..., None], variances.log()[..., None]).mean(0)


@torch.no_grad()
def posteriors_of_data(model: MoPoE, dataset: MultimodalBaseDataset, space: str, most: int) -> Gaussian:
    """Means and ln σ² of one latent space, (n, D) each, every sample seen by all that it has.

    Raises:
        ValueError: no sample has what the space needs.
    """
    chosen = torch.linspace(0, len(dataset) - 1, min(most, len(dataset))).long()
    mus, logvars = [], []
    with model.evaluating():
        for present, rows in _by_what_is_there(model, dataset, chosen):
            some = dataset[rows].to(model.device)
            if space == SHARED:
                posterior = model.posterior(some, present)
                mus.append(posterior.mean)
                logvars.append(posterior.variance.log())
            elif (name := space.removeprefix(PRIVATE)) in present:
                expert = model.modality_encode(some)[name]
                mus.append(expert.style_embedding)
                logvars.append(expert.style_log_covariance)
    if not mus:
        raise ValueError(f"dataset: expected samples with data for the {space} latent space, got none")
    return torch.cat(mus), torch.cat(logvars)


def _by_what_is_there(
    model: MoPoE, dataset: MultimodalBaseDataset, chosen: Tensor
) -> Iterator[tuple[list[str], Tensor]]:
    """Groups of samples that have the same modalities."""
    masks = model.read_inputs(dataset[chosen].to(model.device)).masks
    if masks is None:
        yield list(dataset.modalities), chosen
        return
    names = model.modalities
    patterns, group = torch.unique(
        torch.stack([masks[name].cpu() for name in names], 1), dim=0, return_inverse=True
    )
    for i, pattern in enumerate(patterns):
        present = [name for name, there in zip(names, pattern.tolist(), strict=True) if there]
        if present:
            yield present, chosen[group == i]


def _pointing_up(directions: Tensor) -> Tensor:
    """The same lines, each with its largest entry positive: a decomposition leaves the sign open."""
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    return directions * largest.sign()
