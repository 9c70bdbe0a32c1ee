"""What a model says beside what is exactly true, on a linear-Gaussian model: errors that should be zero."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence

from mopoe import MoPoE
from mopoe.data import masks_of
from mopoe.masks import by_entry
from workbench.datasets import LinearGaussian, MultimodalDataset, exact_elbo


def subset_gaps(model: MoPoE, truth: LinearGaussian, data: MultimodalDataset) -> dict[str, float]:
    """Subset → ln p(x) minus the exact ELBO of its product of experts, in nats, averaged over complete data.

    Nothing in it is random: it says how good each product is as a posterior of everything.
    """
    found = model.inference(data)
    evidence = truth.log_prob(data.data)
    return {
        name: float((evidence - exact_elbo(truth, data.data, _covariance(mu, logvar))).mean())
        for name, (mu, logvar) in found["subsets"].items()
    }


def objective_errors(
    model: MoPoE, truth: LinearGaussian, data: MultimodalDataset, repeats: int, seed: int
) -> np.ndarray:
    r"""(repeats,) errors of the training objective in nats: −loss minus its exact expectation.

    .. math:: \sum_S w_S \{E_{q_S}[\ln p(x|z)] - \beta\, KL(q_S \| p)\}

    by the exact ELBO of each product and the divergence of ``torch.distributions``.

    Args:
        model: with the decoders of ``truth``.
        truth: the exact model.
        data: complete.
        repeats: how often the loss is drawn.
        seed: of the draws.
    """
    found, beta = model.inference(data), model.model_config.beta
    exact = torch.zeros(len(data), dtype=torch.float64)
    for weight, (mu, logvar) in zip(found["weights"], found["subsets"].values(), strict=True):
        elbo = exact_elbo(truth, data.data, _covariance(mu, logvar))
        exact = exact + weight * (elbo - (beta - 1) * _divergence(mu, logvar))
    generator = torch.Generator().manual_seed(seed)
    losses = [float(model(data, generator=generator).loss) for _ in range(repeats)]
    return -np.array(losses) - float(exact.mean())


def divergence_error(model: MoPoE, data: MultimodalDataset) -> float:
    """Σ_S w_S KL(q_S ‖ p) of the model minus that of ``torch.distributions``, in nats."""
    found = model.inference(data)
    # What training meets; the noise of the loss does not enter.
    divergence = model(data, generator=torch.Generator().manual_seed(0)).metrics.joint_divergence
    exact = (found["weights"] * _divergence(found["mus"], found["logvars"])).sum(0).mean()
    return float(divergence - exact)


def likelihood_error(model: MoPoE, truth: LinearGaussian, data: MultimodalDataset) -> float:
    """The largest error of ln p(x|z) over data and modalities, in nats, at each sample's posterior mean."""
    z, _ = truth.posterior(data.data)
    terms = model.log_likelihood(data, z)
    exact = {name: truth.log_likelihood(data.data, z, modalities=[name]) for name in truth.modalities}
    return max(float((terms[name] - exact[name]).abs().max()) for name in exact)


def observed_log_prob(truth: LinearGaussian, data: MultimodalDataset) -> Tensor:
    """Exact ln p of what each sample shows, (B,) in nats."""
    return truth.log_prob(data.data, masks=masks_of(data))


def effect_of_what_is_hidden(model: MoPoE, data: MultimodalDataset, seed: int) -> float:
    """By how much the loss changes if what stands under missing entries is replaced by large numbers; 0 is right."""
    masks, other = masks_of(data), copy.copy(data)
    other.data = {
        name: x.where(by_entry(masks[name], x.ndim), 1e3) if masks else x for name, x in data.data.items()
    }
    losses = [model(x, generator=torch.Generator().manual_seed(seed)).loss for x in (data, other)]
    return float((losses[0] - losses[1]).abs())


def component_surprise(
    model: MoPoE, weights: Sequence[float], batch: int, calls: int, seed: int
) -> np.ndarray:
    r"""(batch,) χ² per degree of freedom of the components that each place in a batch meets; 1 is right.

    .. math:: \frac{1}{|\mathcal S| - 1} \sum_S \frac{(n_S - n w_S)^2}{n w_S}

    Args:
        model: whose choice.
        weights: w_S of the mixture.
        batch: samples in a batch.
        calls: n, how many batches are drawn.
        seed: of the choice.
    """
    share = torch.tensor(weights, dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    counts = torch.zeros(len(share), batch, dtype=torch.float64)
    for _ in range(calls):
        chosen = _choose(model, share, batch, generator)
        counts[chosen, torch.arange(batch)] += 1
    expected = calls * share[:, None]
    return np.asarray(((counts - expected).square() / expected).sum(0) / (len(share) - 1))


def _choose(model: MoPoE, share: Tensor, batch: int, generator: torch.Generator) -> Tensor:
    """Component numbers (batch,): means that are the numbers tell which were chosen."""
    numbers = torch.arange(len(share), dtype=torch.float64)[:, None, None].expand(-1, batch, 1)
    weights = share[:, None].expand(-1, batch)
    mu, _ = model.random_mixture_component_selection(numbers, numbers, weights, generator)
    return mu[:, 0].long()


def _covariance(mu: Tensor, logvar: Tensor) -> tuple[Tensor, Tensor]:
    return mu, logvar.exp().diag_embed()


def _divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    posterior = Independent(Normal(mu, (0.5 * logvar).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return kl_divergence(posterior, prior)
