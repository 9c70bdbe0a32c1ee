"""The bound of every subset of a linear-Gaussian model, term by term and without a draw."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.distributions import MultivariateNormal, kl_divergence

from mopoe import MoPoE, MultimodalBaseDataset, kl_to_standard_normal

from ...datasets.checks import require_complete
from ...datasets.linear_gaussian.elbo import exact_elbo
from ...datasets.linear_gaussian.world import LinearGaussian
from ..families.names import FUSIONS
from .arrays import SubsetBounds


def subset_bounds(model: MoPoE, truth: LinearGaussian, dataset: MultimodalBaseDataset) -> SubsetBounds:
    """Exact terms of L_S for the subsets that ``model`` trains; β and rescaling do not enter.

    Args:
        model: with the decoders of ``truth``, and any encoders.
        truth: without private latents.
        dataset: complete samples.

    Raises:
        ValueError: private latents, or modalities missing.
    """
    if truth.private_loadings:
        raise ValueError(f"truth: expected no private latents, got some of {list(truth.private_loadings)}")
    require_complete(dataset)
    data = {name: values.double() for name, values in dataset.data.items()}
    names = truth.modalities
    mean, covariance = truth.posterior(data)
    posterior = MultivariateNormal(mean, covariance)
    prior = MultivariateNormal(torch.zeros_like(mean), torch.eye(truth.latent_dim, dtype=torch.float64))
    found = model.inference(data)

    def terms(q: MultivariateNormal, divergence: torch.Tensor) -> torch.Tensor:
        """(M, B): with one modality alone the ELBO is E[ln p(x_m|z)] less the divergence."""
        gaussian = (q.mean, q.covariance_matrix)
        return torch.stack(
            [exact_elbo(truth, data, gaussian, modalities=[name]) + divergence for name in names]
        )

    products = [
        MultivariateNormal(mu, logvar.exp().diag_embed())
        for mu, logvar in zip(found["mus"], found["logvars"], strict=True)
    ]
    divergences = kl_to_standard_normal(found["mus"], found["logvars"])
    best_divergence = kl_divergence(posterior, prior)
    explained = torch.stack([terms(q, kl) for q, kl in zip(products, divergences, strict=True)])
    return SubsetBounds(
        modalities=names,
        subsets=list(model.subsets.values()),
        explained=explained.numpy(),
        divergence=divergences.numpy(),
        elbos=(explained.sum(1) - divergences).numpy(),
        gaps=torch.stack([kl_divergence(q, posterior) for q in products]).numpy(),
        evidence=truth.log_prob(data).numpy(),
        best_explained=terms(posterior, best_divergence).numpy(),
        best_divergence=best_divergence.numpy(),
    )


def objectives(
    model: MoPoE, truth: LinearGaussian, dataset: MultimodalBaseDataset, betas: Sequence[float]
) -> dict[str, list[float]]:
    """What each family maximises at each β, mean over samples, exact, in nats: what −``loss`` is on average.

    Args:
        model: networks that all families share.
        truth: as in :func:`subset_bounds`.
        dataset: as there.
        betas: weights of the divergence.
    """
    found = {
        name: subset_bounds(model.sharing_networks(subsets=family.subsets), truth, dataset)
        for name, family in FUSIONS.items()
    }
    return {
        name: [float((terms.explained.sum(1) - beta * terms.divergence).mean()) for beta in betas]
        for name, terms in found.items()
    }
