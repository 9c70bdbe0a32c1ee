"""Posteriors of all subsets of a sample's modalities."""

from __future__ import annotations

from .all_posteriors import subset_beliefs
from .arrays import rates_by, rates_in
from .charts import answers_chart as show_answers
from .charts import evidence_chart as show_evidence
from .charts import rates_chart as show_rates

__all__ = ["rates_by", "rates_in", "show_answers", "show_evidence", "show_rates", "subset_beliefs"]
