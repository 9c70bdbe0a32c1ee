"""Measures of what a model generates."""

from __future__ import annotations

from .classifier import DigitClassifier, accuracy, train_classifiers
from .coherence import Coherence, Estimate, conditional_coherence

__all__ = [
    "Coherence",
    "DigitClassifier",
    "Estimate",
    "accuracy",
    "conditional_coherence",
    "train_classifiers",
]
