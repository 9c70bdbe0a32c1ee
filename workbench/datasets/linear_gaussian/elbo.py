"""The ELBO of a linear-Gaussian model in closed form, for any Gaussian in the place of the posterior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .world import LinearGaussian

Gaussian = tuple[Tensor, Tensor]


def exact_elbo(
    model: LinearGaussian,
    data: Mapping[str, Tensor],
    shared: Gaussian,
    private: Mapping[str, Gaussian] | None = None,
    modalities: Sequence[str] | None = None,
    masks: Mapping[str, Tensor] | None = None,
) -> Tensor:
    r"""Exact E_q[ln p(x|z, w)] − KL(q ‖ p) for q = q(z) Π_m q(w_m), (B,) in nats.

    .. math:: E_q[\ln p(x_m|z, w_m)] = -\frac{1}{2 \sigma_m^2} \big(|x_m - \bar x_m|^2
              + \mathrm{tr}\, A_m \Sigma A_m^T + \mathrm{tr}\, C_m \Sigma_m C_m^T\big)
              - d_m \ln(\sigma_m \sqrt{2\pi})

    with :math:`\bar x_m` the prediction at the means. It is at most ``model.log_prob``, and equal to it if q is
    the posterior.

    Args:
        model: the linear-Gaussian model.
        data: modality → (B, d_m).
        shared: mean (B, D) and covariance (B, D, D) of q(z); for a diagonal one, ``variance.diag_embed()``.
        private: modality → mean (B, P_m) and covariance (B, P_m, P_m) of q(w_m).
        modalities: what is explained; ``None`` for all of the model's.
        masks: as for :meth:`LinearGaussian.log_prob`; the sums run over what was observed.

    Raises:
        ValueError: q(w_m) of a modality with a private latent is not given.
    """
    names = model.modalities if modalities is None else list(modalities)
    private = {name: q for name, q in (private or {}).items() if name in names}
    lacking = [name for name in names if name in model.private_loadings and name not in private]
    if lacking:
        raise ValueError(f"private: expected q(w_m) of {lacking}, which have a private latent, got none")
    means = {name: mean for name, (mean, _) in private.items()}
    total = model.log_likelihood(data, shared[0], means, names, masks) - _kl_to_prior(*shared)
    for name in names:
        spread = _variances(model.loadings[name], shared[1])
        if name in private:
            spread = spread + _variances(model.private_loadings[name], private[name][1])
            total = total - _kl_to_prior(*private[name])
        if masks is not None:
            seen = masks[name].bool()
            spread = spread.where(seen.reshape(len(seen), -1), 0)
        total = total - 0.5 * spread.sum(-1) / model.noise[name] ** 2
    return total


def _variances(loading: Tensor, covariance: Tensor) -> Tensor:
    """The diagonal of A Σ Aᵀ, (B, d)."""
    return torch.einsum("id,...de,ie->...i", loading, covariance, loading)


def _kl_to_prior(mean: Tensor, covariance: Tensor) -> Tensor:
    """KL(N(μ, Σ) ‖ N(0, I)) of full Gaussians."""
    size = mean.shape[-1]
    trace = covariance.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * (mean.square().sum(-1) + trace - size - torch.logdet(covariance))
