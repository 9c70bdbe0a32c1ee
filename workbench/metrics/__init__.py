"""Measures of what a model generates."""

from __future__ import annotations

from .classifier import DigitClassifier, accuracy, train_classifiers
from .coherence import Coherence, Estimate, conditional_coherence
from .likelihoods import Difference, Differences, FamilyLikelihoods, Interval, family_likelihoods

__all__ = [
    "Coherence",
    "Difference",
    "Differences",
    "DigitClassifier",
    "Estimate",
    "FamilyLikelihoods",
    "Interval",
    "accuracy",
    "conditional_coherence",
    "family_likelihoods",
    "train_classifiers",
]
