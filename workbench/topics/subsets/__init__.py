"""Posteriors of all subsets of a sample's modalities."""

from __future__ import annotations

from .all_posteriors import subset_beliefs
from .arrays import rates_by, rates_in
from .views import show_answers, show_evidence, show_rates

__all__ = ["rates_by", "rates_in", "show_answers", "show_evidence", "show_rates", "subset_beliefs"]
