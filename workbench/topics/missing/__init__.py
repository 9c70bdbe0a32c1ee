"""Modalities that are missing, in training and when asked."""

from __future__ import annotations

from .analysis import changes_by_values_under_the_mask, loss_by_observed, nll_by_observed, subset_weights
from .study import missing_study
from .train import ALL, COMPLETE, train_with_missing
from .views import show_by_observed, show_missing_study, show_subset_weights

__all__ = [
    "ALL",
    "COMPLETE",
    "changes_by_values_under_the_mask",
    "loss_by_observed",
    "missing_study",
    "nll_by_observed",
    "show_by_observed",
    "show_missing_study",
    "show_subset_weights",
    "subset_weights",
    "train_with_missing",
]
