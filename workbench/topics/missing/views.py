"""Printed pictures about missing modalities in one call each."""

from __future__ import annotations

from mopoe import MoPoE

from ...drawing.charts import Chart
from .analysis import subset_weights
from .arrays import ByObserved, MissingStudy
from .charts import by_observed_chart, study_chart, subset_weights_chart


def show_subset_weights(model: MoPoE) -> Chart:
    """The weight of each trained subset, by what a sample shows."""
    return subset_weights_chart(subset_weights(model))


def show_by_observed(*found: ByObserved) -> Chart:
    """Estimates beside exact answers, by what the samples show; all of the same data."""
    return by_observed_chart(found)


def show_missing_study(study: MissingStudy) -> Chart:
    """Coherence and NLL by missing rate, for each way to train."""
    return study_chart(study)
