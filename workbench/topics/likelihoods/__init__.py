"""ln p(x) of families beside each other, and of estimators beside the exact answer."""

from __future__ import annotations

from .agreement import agreement
from .family_likelihoods import family_likelihoods
from .published_estimators import ONE_COMPONENT, RIGHT, WRONG_AXIS, compare_estimators, place_in_the_batch
from .views import show_agreement, show_differences, show_estimators, show_more_draws

__all__ = [
    "ONE_COMPONENT",
    "RIGHT",
    "WRONG_AXIS",
    "agreement",
    "compare_estimators",
    "family_likelihoods",
    "place_in_the_batch",
    "show_agreement",
    "show_differences",
    "show_estimators",
    "show_more_draws",
]
