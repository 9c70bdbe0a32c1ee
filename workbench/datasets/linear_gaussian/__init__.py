"""A linear-Gaussian model: its densities in closed form, samples of it as a data set, and as a MoPoE."""

from __future__ import annotations

from .data import linear_gaussian
from .elbo import exact_elbo
from .model import LinearDecoder, LinearEncoder, decoded_truth, linear_gaussian_model
from .world import LinearGaussian

__all__ = [
    "LinearDecoder",
    "LinearEncoder",
    "LinearGaussian",
    "decoded_truth",
    "exact_elbo",
    "linear_gaussian",
    "linear_gaussian_model",
]
