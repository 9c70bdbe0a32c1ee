"""Diagonal Gaussians by mean and log-variance: products of experts, divergence, density, draws."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.distributions import Independent, Normal

from .sums import subset_sums


def product_of_experts(mus: Tensor, logvars: Tensor) -> tuple[Tensor, Tensor]:
    r"""Normalised product of diagonal Gaussian experts.

    .. math:: \sigma^{-2} = \sum_e \sigma_e^{-2}, \quad \mu = \sigma^2 \sum_e \sigma_e^{-2}\mu_e

    Source: Cao and Fleet 2014; the q_S of Sutter et al. 2021, section 3.

    Args:
        mus: expert means, (E, \*, D), E ≥ 1.
        logvars: expert ln σ², (E, \*, D).

    Returns:
        Mean and ln σ² of the product, each (\*, D).

    Raises:
        ValueError: shapes differ or E = 0; the message gives both shapes.
    """
    if mus.shape != logvars.shape or mus.ndim < 2 or mus.shape[0] == 0:
        raise ValueError(
            "product_of_experts: expected mus and logvars of one shape (E, ..., D) with E >= 1, "
            f"got {tuple(mus.shape)} and {tuple(logvars.shape)}"
        )
    everyone = torch.ones(1, mus.shape[0], dtype=torch.bool, device=mus.device)
    mu, logvar = subset_products(mus, logvars, everyone)
    return mu[0], logvar[0]


def subset_products(
    mus: Tensor,
    logvars: Tensor,
    membership: Tensor,
    prior_experts: Tensor | None = None,
    observed: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    r"""The product of experts of every subset, in one pass over the modalities.

    Natural parameters of a product are sums, :math:`\lambda_S = \sum_{m \in S} \sigma_m^{-2}` and
    :math:`\eta_S = \sum_{m \in S} \sigma_m^{-2} \mu_m`; a N(0, I) expert adds 1 to :math:`\lambda_S`.
    Finite and correct in float32 for |ln σ²| ≤ 80: nothing is added to a variance.

    Args:
        mus: (M, B, D).
        logvars: (M, B, D), ln σ².
        membership: (S, M), boolean; or (S, B, M) where samples have subsets of their own.
        prior_experts: (S,) or (S, B), 1 where a N(0, I) expert joins the product, else 0; ``None`` for nowhere.
        observed: (M, B), boolean; an unobserved modality drops out of every product of its sample.
            A subset of which nothing was observed is N(0, I). ``None`` where everything was observed.

    Returns:
        Means and ln σ², each (S, B, D).
    """
    # Reduced precision, chosen by autocast, would round the precisions before they are summed.
    with torch.autocast(device_type=mus.device.type, enabled=False):
        if observed is not None:
            seen = observed[..., None]
            mus, logvars = mus.where(seen, 0), logvars.where(seen, 0)
        precisions = torch.exp(-logvars)
        if observed is not None:
            precisions = precisions * seen
        precision = subset_sums(precisions, membership)
        weighted = subset_sums(precisions * mus, membership)
        if prior_experts is not None:
            joins = prior_experts.to(precision.dtype)
            precision = precision + (joins[:, None, None] if joins.ndim == 1 else joins[..., None])
        if observed is not None:
            nothing_seen = ~subset_union(membership, observed)
            precision = precision.masked_fill(nothing_seen[..., None], 1)
        return weighted / precision, -torch.log(precision)


def precision_shares(logvars: Tensor, prior_expert: bool = False) -> Tensor:
    r"""Who decides: each expert's share of a product's precision, :math:`\sigma_e^{-2} / \sum_f \sigma_f^{-2}`.

    The mean of the product is the experts' means weighed by these shares, as :math:`\mu = \sum_e s_e \mu_e`.

    Args:
        logvars: expert ln σ², (E, \*, D).
        prior_expert: whether a N(0, I) expert joins the product; its share is the last.

    Returns:
        (E, \*, D), or (E + 1, \*, D) with the prior expert; sums to 1 over the first axis.
    """
    if prior_expert:
        logvars = torch.cat([logvars, torch.zeros_like(logvars[:1])])
    return torch.softmax(-logvars, 0)


def subset_union(membership: Tensor, observed: Tensor) -> Tensor:
    """(S, B): whether the sample shows at least one modality of the subset; membership (S, M) or (S, B, M)."""
    if membership.ndim == 3:
        return (membership & observed.T).any(-1)
    return (membership.float() @ observed.float()) > 0


def subset_intersection(membership: Tensor, observed: Tensor) -> Tensor:
    """(S, B): whether the sample shows every modality of the subset."""
    return (membership.float() @ (~observed).float()) == 0


def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    r"""KL(N(μ, σ²) ‖ N(0, I)) in nats, :math:`\tfrac12 \sum_d (\mu_d^2 + \sigma_d^2 - 1 - \ln \sigma_d^2)`.

    Source: Kingma and Welling 2014, appendix B.

    Args:
        mu: (\*, D).
        logvar: (\*, D), ln σ².

    Returns:
        (\*,).
    """
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(-1)


def log_density(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """ln N(z; μ, σ²) in nats, summed over the last axis; shapes broadcast."""
    return -0.5 * ((z - mu).square() * torch.exp(-logvar) + logvar + math.log(2 * math.pi)).sum(-1)


def draw(
    mu: Tensor, logvar: Tensor, leading: tuple[int, ...] = (), generator: torch.Generator | None = None
) -> Tensor:
    r"""Reparameterised draws z = μ + σε, of shape (\*leading, \*mu.shape)."""
    shape = (*leading, *mu.shape)
    noise = torch.randn(shape, dtype=mu.dtype, device=mu.device, generator=generator)
    return shifted(mu, logvar, noise)


def shifted(mu: Tensor, logvar: Tensor, noise: Tensor) -> Tensor:
    """Standard normal noise as draws of N(μ, σ²): μ + σε."""
    return mu + torch.exp(0.5 * logvar) * noise


def as_distribution(mu: Tensor, logvar: Tensor) -> Independent:
    """The diagonal Gaussian as a ``torch.distributions`` object; D is the event axis."""
    return Independent(Normal(mu, torch.exp(0.5 * logvar)), 1)
