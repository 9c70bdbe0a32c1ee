"""Answers that are known exactly, for notebooks that are regression tests only."""

from __future__ import annotations

from .exact_answers import (
    component_surprise,
    divergence_error,
    effect_of_what_is_hidden,
    likelihood_error,
    objective_errors,
    observed_log_prob,
    subset_gaps,
)
from .training_answers import largest_difference, reloaded, validation_loss

__all__ = [
    "component_surprise",
    "divergence_error",
    "effect_of_what_is_hidden",
    "largest_difference",
    "likelihood_error",
    "objective_errors",
    "observed_log_prob",
    "reloaded",
    "subset_gaps",
    "validation_loss",
]
