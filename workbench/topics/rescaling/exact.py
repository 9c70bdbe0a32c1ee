"""What rescaled likelihoods make of a linear-Gaussian world, in closed form."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ...datasets.linear_gaussian.world import LinearGaussian


def tempered(model: LinearGaussian, factors: Mapping[str, float]) -> LinearGaussian:
    r"""The world whose posterior is the best encoder under rescaling: noise :math:`\sigma_m / \sqrt{r_m}`.

    The maximum over q of :math:`E_q[\sum_m r_m \ln p(x_m|z)] - KL(q \| p)` is at
    :math:`q \propto p(z) \prod_m p(x_m|z)^{r_m}`: as if x_m had been seen r_m times, and not once.

    Args:
        model: without private latents.
        factors: modality → r_m > 0.
    """
    noise = {name: sigma / factors[name] ** 0.5 for name, sigma in model.noise.items()}
    return LinearGaussian(model.loadings, model.offsets, noise)


def explained_shares(
    model: LinearGaussian, factors: Mapping[str, float], latent_dim: int
) -> dict[str, float]:
    r"""Modality → share of its variance that the best linear VAE of that many latents reconstructs.

    With :math:`\tilde x_m = \sqrt{r_m} x_m / \sigma_m` the rescaled objective is that of probabilistic PCA with unit
    noise. It keeps the ``latent_dim`` largest eigenvalues λ of Cov(x̃), those above 1, and reconstructs each of their
    directions u by :math:`(1 - 1/\lambda)\, u u^T \tilde x`.

    Source: Tipping and Bishop 1999, section 3; that linear VAEs have this optimum: Lucas et al. 2019.

    Args:
        model: generates the data; σ_m of the VAE is its own.
        factors: modality → r_m > 0.
        latent_dim: D of the VAE.
    """
    names = model.modalities
    scales = torch.cat(
        [torch.full_like(model.offsets[name], factors[name] ** 0.5 / model.noise[name]) for name in names]
    )
    covariance = scales[:, None] * model.marginal()[1] * scales
    values, vectors = torch.linalg.eigh(covariance)
    values, vectors = values[-latent_dim:], vectors[:, -latent_dim:]
    projection = (vectors * (1 - 1 / values).clamp_min(0)) @ vectors.T
    left = torch.eye(len(scales), dtype=torch.float64) - projection
    error, total = (left @ covariance @ left.T).diagonal(), covariance.diagonal()
    sizes = [len(model.offsets[name]) for name in names]
    return {
        name: 1 - float(e.sum() / t.sum())
        for name, e, t in zip(names, error.split(sizes), total.split(sizes), strict=True)
    }
