"""What latents are drawn from to generate: the prior, or a mixture fitted to q(z)."""

from __future__ import annotations

from .draw import generate
from .gaussian_mixture import LatentMixture, fit_latent_mixture

__all__ = ["LatentMixture", "fit_latent_mixture", "generate"]
