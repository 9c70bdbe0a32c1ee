"""Diagonal Gaussians by mean and log-variance: what :mod:`mopoe.fusion.gaussians` offers to everybody."""

from .fusion.gaussians import (
    as_distribution,
    draw,
    kl_to_standard_normal,
    log_density,
    precision_shares,
    product_of_experts,
    subset_products,
)

__all__ = [
    "as_distribution",
    "draw",
    "kl_to_standard_normal",
    "log_density",
    "precision_shares",
    "product_of_experts",
    "subset_products",
]
